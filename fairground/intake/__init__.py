"""The opening second's door: codec, queue, ticket, batcher. No SQL here; batches go to `checkout`, `redpackets`,
`promotions`."""
