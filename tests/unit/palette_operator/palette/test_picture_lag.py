"""What the picture says while the search lags behind, whatever happens in which order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.observed import Known
from palette_operator.palette.picture import Picture
from palette_operator.palette.snapshot import Listing, Snapshot
from support.listings import START
from support.rows import cluster_row

SETTLE_S = 60.0
WAITS = st.tuples(st.just("wait"), st.floats(0, 100))
CREATES = st.tuples(st.just("create"), st.just(0.0))
REMOVALS = st.tuples(st.just("remove"), st.floats(0, 0.999))
PASSES = st.tuples(st.just("pass"), st.floats(0, SETTLE_S))


class LaggingPalette:
    """Clusters with the time of their coming and going, and a picture of them that we keep by what we do and see."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.seen_to_s = 0.0
        self.came: dict[str, float] = {}
        self.left: dict[str, float] = {}
        self.picture = Picture(stale_after_s=1e9, settle_s=SETTLE_S, now=lambda: START + timedelta(seconds=self.now_s))

    @property
    def there(self) -> list[str]:
        return [uid for uid in self.came if uid not in self.left]

    def do(self, what: str, how: float) -> None:
        # Two requests are never sent at the same instant.
        self.now_s += 0.001
        if what == "wait":
            self.now_s += how
        elif what == "create":
            uid = f"c{len(self.came)}"
            self.came[uid] = self.now_s
            self.picture.note_cluster(cluster_row(uid))
        elif what == "remove" and self.there:
            uid = self.there[int(how * len(self.there))]
            self.left[uid] = self.now_s
            self.picture.forget_cluster(ClusterUid(uid))
        elif what == "pass":
            self.adopt(self.now_s - how)

    def adopt(self, as_of_s: float) -> None:
        """Take in a listing that is as old as that, but never older than one before."""
        self.seen_to_s = max(self.seen_to_s, as_of_s)
        rows = [
            cluster_row(uid)
            for uid, came_s in self.came.items()
            if came_s <= self.seen_to_s < self.left.get(uid, float("inf"))
        ]
        began_at = START + timedelta(seconds=self.now_s)
        self.picture.adopt(Snapshot(began_at, Listing({row.uid: row for row in rows})))


@given(st.lists(st.one_of(WAITS, CREATES, REMOVALS, PASSES), max_size=40))
def test_what_we_created_is_known_until_it_is_gone_and_what_is_gone_never_comes_back(
    steps: list[tuple[str, float]],
) -> None:
    palette = LaggingPalette()
    palette.do("pass", 0.0)
    for what, how in steps:
        palette.do(what, how)
        for uid in palette.came:
            known = isinstance(palette.picture.cluster(ClusterUid(uid)), Known)
            assert known is (uid in palette.there), (uid, what)
        assert set(palette.picture.clusters()) == set(palette.there)
