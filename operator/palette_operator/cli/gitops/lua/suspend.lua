-- Have the operator write nothing for this resource until it is resumed.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["$group/suspend"] = "true"
return obj
