"""Pictures of products as files: what is taken, how it is decoded and made smaller, where the files are kept.

A merchant's file is nobody's to trust. It is read by a process of its own, which knows nothing and may write nothing,
and only what that process has drawn anew is ever served. The rows are in `catalog.models`, the verbs in
`catalog.actions.pictures`.
"""
