import pytest

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.http.operation import Effect
from palette_operator.palette import operations
from palette_operator.palette.operations import Operation, Within, every_operation
from palette_operator.palette.transport import Call

PROJECT = ProjectUid("p")


def test_names_are_escaped_into_the_path_in_order() -> None:
    path = operations.UPDATE_EDGE_NATIVE_POOL.path("config/1", "pool ä")

    assert path == "/v1/cloudconfigs/edge-native/config%2F1/machinePools/pool%20%C3%A4"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_leads_to_another_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="leads to another path"):
        operations.DELETE_EDGE_HOST.path(name)


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_a_path_takes_as_many_names_as_it_has_placeholders(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="takes other than"):
        operations.GET_CLUSTER.path(*names)


@pytest.mark.parametrize("project", [None, ProjectUid(""), ProjectUid(" ")])
@pytest.mark.parametrize("operation", [each for each in every_operation() if each.within is Within.PROJECT])
def test_a_call_in_a_project_cannot_be_made_without_one(operation: Operation, project: ProjectUid | None) -> None:
    with pytest.raises(ValueError, match="needs the project's uid"):
        Call("asking", operation, ("x",) * operation.template.count("{"), project)


@pytest.mark.parametrize("operation", [each for each in every_operation() if each.within is Within.TENANT])
def test_a_call_in_the_tenant_cannot_carry_a_project(operation: Operation) -> None:
    with pytest.raises(ValueError, match="carries no project"):
        Call("asking", operation, ("x",) * operation.template.count("{"), PROJECT)


def test_no_operation_is_listed_twice() -> None:
    called = [(each.method, each.template) for each in every_operation()]

    assert len(called) == len(set(called)) > 20


# A PUT by its method, and an action by what it does: a device that is reset twice is wiped twice.
ACTS_EACH_TIME = {operations.RESET_EDGE_HOST}


@pytest.mark.parametrize("operation", every_operation(), ids=lambda each: f"{each.method} {each.template}")
def test_a_get_reads_and_a_put_or_delete_may_be_repeated(operation: Operation) -> None:
    expected = {"GET": {Effect.READ}, "PUT": {Effect.SET}, "DELETE": {Effect.SET}}

    if operation in ACTS_EACH_TIME:
        assert operation.effect is Effect.ONCE
    else:
        assert operation.effect in expected.get(operation.method, set(Effect))
