-- Health of a $kind. The first rule that applies decides; docs/reference/gitops-health.md lists them.
-- Argo CD opens Lua's base and table libraries to a health check, and no other.

local awaiting_approval = {$awaiting_approval}
local failed_remotely = {$failed_remotely}

local function table_of(value)
  if type(value) == "table" then
    return value
  end
  return {}
end

local function text_of(value)
  if type(value) == "string" then
    return value
  end
  return ""
end

local metadata = table_of(obj.metadata)
local status = table_of(obj.status)
local conditions = {}
for _, condition in ipairs(table_of(status.conditions)) do
  if type(condition) == "table" and type(condition.type) == "string" then
    conditions[condition.type] = condition
  end
end

local function says(type_, value)
  return conditions[type_] ~= nil and conditions[type_].status == value
end

local function reason_of(type_)
  return text_of(table_of(conditions[type_]).reason)
end

local function joined(first, second)
  if first == "" or second == "" then
    return first .. second
  end
  return first .. ": " .. second
end

local function told_by(type_)
  return joined(reason_of(type_), text_of(table_of(conditions[type_]).message))
end

local function health(code, message)
  return {status = code, message = message}
end

local generation = metadata.generation

if metadata.deletionTimestamp ~= nil then
  return health("Progressing", joined("being deleted", told_by("Deleting")))
end
if type(generation) ~= "number" or status.observedGeneration ~= generation then
  return health("Progressing", "the operator has not looked at the latest change yet")
end
if says("Suspended", "True") then
  return health("Suspended", told_by("Suspended"))
end
if says("Synced", "False") and awaiting_approval[reason_of("Synced")] then
  return health("Suspended", told_by("Synced"))
end
if says("Stalled", "True") then
  return health("Degraded", told_by("Stalled"))
end
if says("Reconciling", "True") then
  return health("Progressing", told_by("Reconciling"))
end
if says("Ready", "False") and failed_remotely[reason_of("Ready")] then
  return health("Degraded", told_by("Ready"))
end
if says("Ready", "Unknown") then
  return health("Progressing", joined("stale", told_by("Ready")))
end
if says("Ready", "True") and conditions.Ready.observedGeneration == generation then
  return health("Healthy", told_by("Ready"))
end
return health("Progressing", told_by("Ready"))
