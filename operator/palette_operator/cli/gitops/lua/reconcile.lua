-- Ask the operator for a look now.
local os = require("os")

if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["$group/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
