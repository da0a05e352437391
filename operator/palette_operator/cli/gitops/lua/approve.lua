-- Approve the plan in the status, and no other: the operator runs it only while it bears this hash.
local plan = nil
if obj.status ~= nil and obj.status.plan ~= nil then
  plan = obj.status.plan.hash
end
if plan == nil then
  error("no plan awaits approval")
end

if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["$group/approve"] = plan
return obj
