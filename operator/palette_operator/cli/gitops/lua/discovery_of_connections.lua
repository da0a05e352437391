-- The one action of a $kind: it is neither suspended nor planned.
local actions = {}
actions["reconcile"] = {["displayName"] = "Look now", ["iconClass"] = "fa fa-fw fa-sync-alt"}
return actions
