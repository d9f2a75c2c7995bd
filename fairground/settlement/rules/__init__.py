"""Pure rules of settlement: addresses, how an order is shared out, when and how merchants are paid."""
