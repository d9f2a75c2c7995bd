"""Pure decisions of promotions: `terms` (the records), `pricing`, `hints`, `spending`, `refunding`, `declaring`."""
