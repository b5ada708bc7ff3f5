def can_access(subscription, auth_context):
    return auth_context is not None and auth_context["name"] == "ann"


config = {"name": "secret", "canAccess": can_access}
