"""Actions: what a ``call`` step runs, written in Python.

from activities.actions import Context, action

class Wanted(BaseModel):
    host: str

class Found(BaseModel):
    address: str

@action("look_up_host")
def look_up_host(wanted: Wanted, context: Context) -> Found: ...
"""

from activities.actions.declaring import Action, ActionError, Context, action

__all__ = ["Action", "ActionError", "Context", "action"]
