-- Actions of a $kind: each sets one annotation, and none touches what Git says.

local awaiting_approval = {$awaiting_approval}

local function table_of(value)
  if type(value) == "table" then
    return value
  end
  return {}
end

local metadata = table_of(obj.metadata)
local spec = table_of(obj.spec)
local status = table_of(obj.status)
local annotations = table_of(metadata.annotations)

local function awaits_approval()
  for _, condition in ipairs(table_of(status.conditions)) do
    if type(condition) == "table" and condition.type == "Synced" and condition.status == "False" then
      return condition.reason ~= nil and awaiting_approval[condition.reason] == true
    end
  end
  return false
end

local actions = {}
actions["reconcile"] = {["displayName"] = "Look now", ["iconClass"] = "fa fa-fw fa-sync-alt"}

-- The name of the plan is shown, so that nobody approves another one than they have read.
local plan = table_of(status.plan).hash
local is_current = type(metadata.generation) == "number" and status.observedGeneration == metadata.generation
if is_current and awaits_approval() and type(plan) == "string" and annotations["$group/approve"] ~= plan then
  actions["approve"] = {["displayName"] = "Approve plan " .. plan, ["iconClass"] = "fa fa-fw fa-check"}
end

-- What spec.suspend in Git suspends, only Git resumes.
if annotations["$group/suspend"] == "true" then
  actions["resume"] = {["displayName"] = "Resume", ["iconClass"] = "fa fa-fw fa-play"}
elseif spec.suspend ~= true then
  actions["suspend"] = {["displayName"] = "Suspend", ["iconClass"] = "fa fa-fw fa-pause"}
end

return actions
