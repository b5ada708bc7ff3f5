"""One technology behind the ports each. An adapter imports ports and model, never another adapter."""
