from palette_operator.palette.shrinkage import SAMPLE, Shrinkage

MANY = {f"c{n}": f"row {n}" for n in range(100)}


def first(count: int) -> dict[str, str]:
    return dict(list(MANY.items())[:count])


def nothing_explained(_: str) -> bool:
    return False


def watched(after: dict[str, str], before: dict[str, str] = MANY) -> Shrinkage[str, str]:
    shrinkage: Shrinkage[str, str] = Shrinkage("clusters")
    shrinkage.compare(before, after, nothing_explained)
    return shrinkage


def test_a_tenth_of_the_fleet_may_go_unremarked() -> None:
    assert watched(first(90)).message is None


def test_more_than_a_tenth_at_once_is_remarked() -> None:
    message = watched(first(89)).message

    assert message is not None
    assert message.startswith("more than a tenth of the clusters vanished")


def test_a_few_may_go_from_a_small_fleet() -> None:
    assert watched({}, before=first(2)).message is None
    assert watched({}, before=first(3)).message is not None


def test_what_is_known_to_be_gone_is_missed_by_nobody() -> None:
    shrinkage: Shrinkage[str, str] = Shrinkage("clusters")
    shrinkage.compare(MANY, first(50), lambda uid: uid not in first(95))

    assert shrinkage.message is not None

    shrinkage = Shrinkage("clusters")
    shrinkage.compare(MANY, first(50), lambda uid: uid not in first(50))
    assert shrinkage.message is None


def test_it_is_over_when_all_are_back_and_not_before() -> None:
    shrinkage = watched(first(50))
    shrinkage.compare(first(50), first(99), nothing_explained)
    assert shrinkage.message is not None

    shrinkage.compare(first(99), MANY, nothing_explained)
    assert shrinkage.message is None


def test_it_lasts_while_later_passes_agree_with_the_shrunken_one() -> None:
    shrinkage = watched(first(50))
    shrinkage.compare(first(50), first(50), nothing_explained)

    assert shrinkage.message is not None


def test_a_sample_confirmed_gone_explains_the_rest() -> None:
    shrinkage = watched(first(50))
    sample = shrinkage.sample()
    assert len(sample) == SAMPLE
    for uid, _ in sample[:-1]:
        shrinkage.confirm_gone(uid)
    assert shrinkage.message is not None

    shrinkage.confirm_gone(sample[-1][0])
    assert shrinkage.message is None
    assert shrinkage.sample() == []


def test_fewer_than_a_sample_are_explained_one_by_one() -> None:
    shrinkage = watched(first(2), before=first(6))
    for uid in list(first(6))[2:]:
        assert shrinkage.message is not None
        shrinkage.confirm_gone(uid)

    assert shrinkage.message is None


def test_one_that_is_there_after_all_spoils_the_sample() -> None:
    shrinkage = watched(first(50))
    shrinkage.contradict()
    for uid, _ in shrinkage.sample():
        shrinkage.confirm_gone(uid)

    assert shrinkage.message is not None


def test_confirming_what_nobody_misses_explains_nothing() -> None:
    shrinkage = watched(first(50))
    for uid in first(SAMPLE):
        shrinkage.confirm_gone(uid)

    assert shrinkage.message is not None


def test_the_sample_is_spread_over_all_that_is_missing() -> None:
    shrinkage: Shrinkage[str, str] = Shrinkage("clusters")
    shrinkage.compare({f"c{n:03}": "" for n in range(100)}, {}, lambda _: False)

    assert [uid for uid, _ in shrinkage.sample()] == [f"c{n:03}" for n in range(0, 100, 10)]
