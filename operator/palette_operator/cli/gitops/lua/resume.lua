-- Lift the suspension. The annotation stays, with another value: a table that becomes empty reads as a list to
-- Argo CD, which then keeps the old one.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["$group/suspend"] = "false"
return obj
