"""The core's side of workers: spawning, supervising, the worker protocol, replacement. Imports only model and ports."""
