"""The HTTP edge: routes, requests, responses. Imports runtime, ports and model."""
