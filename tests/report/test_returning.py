"""The pull request of a rollback: what a person reads before they sign, and no word of it is markup."""

from datetime import UTC, datetime

from modelward.reconcile.rollback_branch import Return
from modelward.report.returning import pull_request_for
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

BACK = Return(
    ModelName("credit-score"), EnvironmentName("production"), ReleaseName("1.1.0"), ReleaseName("1.0.0"), "s-1"
)
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def body(why: str) -> str:
    return pull_request_for(BACK, "main", AT, why).body


def test_it_asks_for_the_branch_to_be_merged_into_main() -> None:
    wanted = pull_request_for(BACK, "main", AT, "drift")
    assert (wanted.head, wanted.base) == ("modelward/rollback/credit-score-production-1.1.0", "main")
    assert wanted.title == "Roll back credit-score in production to 1.0.0"


def test_it_says_what_fired_which_suspension_it_is_and_what_to_look_at() -> None:
    text = body("error_budget_remaining is 0.31, below 0.4 for 15m")
    for said in (
        "| taken out | `1.1.0` |",
        "| put back | `1.0.0` |",
        "| since | 2026-11-21 09:00:00 UTC |",
        "| what fired | `error_budget_remaining` is 0.31, below 0.4 for 15m |",
        "| suspension | `s-1` |",
        "- [ ] `modelward status` shows",
        "`modelward resume credit-score production s-1`",
    ):
        assert said in text, text


def test_t77_what_fired_is_no_markup_and_breaks_out_of_no_cell() -> None:
    hostile = "x | y\n\n# All is well @lead-1 ![](https://evil.example/x) <img src=x> `a` fixes #7 \x1b[2J\u202e"
    text = body(hostile)
    (row,) = [line for line in text.splitlines() if line.startswith("| what fired |")]
    assert row.count("|") == 3
    assert len(text.splitlines()) == len(body("drift").splitlines())
    for mark in ("\x1b", "\u202e", " @lead-1", " #7", " <img"):
        assert mark not in text


def test_a_reason_passes_for_no_other_suspension() -> None:
    wanted = pull_request_for(BACK, "main", AT, "drift |\n| suspension | `s-2` |")
    assert wanted.occasion == "| suspension | `s-1` |"
    rows = [line for line in wanted.body.splitlines() if line.startswith("| suspension")]
    assert rows == [wanted.occasion]


def test_a_reason_without_end_is_cut() -> None:
    assert len(body("word " * 100_000)) < 4_000
