"""The opening second's door: codec, queue, ticket, batcher. No SQL here; it hands batches to `checkout`."""
