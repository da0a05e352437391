"""Which parts of a body are secret."""

from palette_operator.http.secrets import texts_in, variable_values


def test_every_text_of_a_body_is_found() -> None:
    body = {"a": "one", "b": [{"c": "two"}, "three"], "d": 4, "e": None}

    assert sorted(texts_in(body)) == ["one", "three", "two"]


def test_the_values_of_variables_are_found_under_either_name() -> None:
    body = {
        "profiles": [{"variables": [{"name": "a", "value": "one"}]}],
        "spec": {"profileVariables": [{"name": "b", "value": "two"}]},
    }

    assert variable_values(body) == ("one", "two")
