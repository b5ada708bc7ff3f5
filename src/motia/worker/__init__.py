"""The Python worker: loads Step files in the project's own interpreter and runs their handlers for the core.

`bootstrap.py` is its program. The protocol is docs/worker-protocol.md. Standard library only.
"""
