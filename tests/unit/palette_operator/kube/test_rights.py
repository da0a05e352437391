from __future__ import annotations

from palette_operator.kube.rights import RIGHTS, Needed, Right, Where, rules, rules_by_place


def test_no_right_lets_the_operator_list_or_watch_secrets() -> None:
    for right in RIGHTS:
        if right.resource == "secrets":
            assert not {"list", "watch", "*"} & set(right.verbs)


def test_every_verb_and_resource_is_named() -> None:
    for right in RIGHTS:
        assert "*" not in (right.group, right.resource, *right.verbs)


def test_no_right_to_create_is_restricted_by_name_since_kubernetes_would_grant_nothing() -> None:
    for right in RIGHTS:
        assert not (right.names and "create" in right.verbs)


def test_rights_on_resources_with_the_same_verbs_become_one_rule() -> None:
    made = rules(
        [
            Right("g", "a", ("get",), ""),
            Right("g", "b", ("get",), ""),
            Right("g", "b/status", ("patch",), ""),
            Right("h", "a", ("get",), ""),
        ]
    )

    assert made == [
        {"apiGroups": ["g"], "resources": ["a", "b"], "verbs": ["get"]},
        {"apiGroups": ["g"], "resources": ["b/status"], "verbs": ["patch"]},
        {"apiGroups": ["h"], "resources": ["a"], "verbs": ["get"]},
    ]


def test_a_resource_that_is_needed_for_two_purposes_is_one_rule_with_the_verbs_of_both() -> None:
    made = rules([Right("", "a", ("create",), "x"), Right("", "a", ("create", "delete"), "y")])

    assert made == [{"apiGroups": [""], "resources": ["a"], "verbs": ["create", "delete"]}]


def test_names_keep_a_rule_apart() -> None:
    made = rules([Right("", "a", ("get",), "", names=("one",)), Right("", "a", ("get",), "")])

    assert made == [
        {"apiGroups": [""], "resources": ["a"], "resourceNames": ["one"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["a"], "verbs": ["get"]},
    ]


def test_every_right_is_in_its_place() -> None:
    places = rules_by_place()

    assert list(places) == [where.value for where in Where]
    for right in RIGHTS:
        (found,) = [
            rule
            for rule in places[right.where.value][right.needed.value]
            if right.resource in rule["resources"]
            and rule["apiGroups"] == [right.group]
            and rule.get("resourceNames", []) == list(right.names)
        ]
        assert set(right.verbs) <= set(found["verbs"])


def test_nobody_gets_more_than_reading_of_secrets_in_watched_namespaces_unless_kubeconfigs_are_wanted() -> None:
    def verbs(needed: Needed) -> set[str]:
        rights = [right for right in RIGHTS if (right.where, right.needed) == (Where.WATCHED, needed)]
        return {verb for right in rights if right.resource == "secrets" for verb in right.verbs}

    assert verbs(Needed.ALWAYS) == {"get"}
    assert verbs(Needed.KUBECONFIGS) == {"create", "update", "delete"}
