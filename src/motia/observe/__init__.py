"""The one door for spans and logs: wraps ports and invocations, so that neither engine nor adapters contain tracing."""
