"""What is to be fetched next follows from what was asked for, in which order, since the newest schedule."""

from __future__ import annotations

import pytest

from firmware_py.link.fetching import Named, Pauses, Wanted
from firmware_py.link.jobs import Job, Jobs
from firmware_py.link.transfer import LONGEST_ASKED_S, asked_pause_s


def wanted(path: str, mark: str = "", size: int = 9) -> Wanted:
    """Return a wish for a file; the same mark is the same content."""
    return Wanted(path, mark or path, size)


def order(jobs: Jobs, now_s: float = 0.0) -> list[str]:
    """Do all that is due; return the paths in the order in which they were done."""
    done = []
    while (job := jobs.next(now_s)) is not None:
        done.append(job.wanted.path)
        jobs.done(job)
    return done


def asked(*wishes: Wanted | Named, document: str = "") -> Jobs:
    """Return the jobs after these wishes."""
    jobs = Jobs(document)
    for wish in wishes:
        jobs.take(wish)
    return jobs


def job(jobs: Jobs) -> Job:
    """Return what is to be done next."""
    found = jobs.next(0.0)
    assert found is not None
    return found


DOCUMENT = Wanted("schedules/7.json", "seven", 9, is_document=True)


def test_files_come_in_the_order_in_which_they_were_asked_for() -> None:
    """Asking again changes nothing in that."""
    assert order(asked(wanted("b"), wanted("a"), wanted("b"))) == ["b", "a"]


def test_a_schedule_comes_before_all_files() -> None:
    """What a hundred files are for may have changed."""
    assert order(asked(wanted("a"), DOCUMENT, wanted("b"))) == ["schedules/7.json", "a", "b"]


def test_the_schedule_that_is_here_is_not_wanted() -> None:
    """Neither after a start nor when the pointer comes again; it ends the wish for another one all the same."""
    assert order(asked(DOCUMENT, document="seven")) == []
    eight = Wanted("schedules/8.json", "eight", 9, is_document=True)
    assert order(asked(eight, DOCUMENT, document="seven")) == []
    jobs = asked(DOCUMENT)
    assert order(jobs) == ["schedules/7.json"]
    jobs.take(DOCUMENT)
    assert order(jobs) == []


def test_a_newer_schedule_takes_the_place_of_the_one_that_is_on_its_way() -> None:
    """Of two pointers only the last one counts."""
    jobs = asked(DOCUMENT)
    first = job(jobs)
    jobs.take(Wanted("schedules/8.json", "eight", 9, is_document=True))
    assert jobs.is_off(first.wanted, 0.0)
    assert jobs.done(first) is None
    assert order(jobs) == ["schedules/8.json"]


def test_what_was_asked_for_since_a_change_goes_first() -> None:
    """The new schedule is asked for in the order in which its files are due; what nobody asked for again is last."""
    jobs = asked(wanted("a"), wanted("b"), wanted("c"), Named(frozenset("abcd")), wanted("d"), wanted("c"))
    assert order(jobs) == ["d", "c", "a", "b"]


def test_what_a_change_does_not_name_is_dropped() -> None:
    """The work on it ends, too; the schedule document itself is no file of a schedule."""
    jobs = asked(wanted("a"), wanted("b"), DOCUMENT)
    jobs.take(Named(frozenset("b")))
    assert jobs.is_off(wanted("a"), 0.0)
    assert order(jobs) == ["schedules/7.json", "b"]
    assert jobs.due_s() == float("inf")


def test_one_content_for_two_paths_is_one_job() -> None:
    """It is named for both, and is fetched by the other path when the first is named no more."""
    jobs = asked(wanted("a", "x"), wanted("b", "x"))
    assert job(jobs).paths == {"a", "b"}
    jobs.take(Named(frozenset("b")))
    assert order(jobs) == ["b"]


def test_a_path_has_one_content() -> None:
    """The same path with another hash is another file; the former one is dropped if nothing else needs it."""
    jobs = asked(wanted("a", "x"), wanted("b", "y"), wanted("c", "y"), wanted("a", "z"), wanted("b", "z"))
    assert jobs.hashes() == {"y", "z"}
    assert order(jobs) == ["c", "a"]


def test_what_is_not_due_waits() -> None:
    """A file in its pause does not hold up the next one, and asking for it again ends the pause."""
    jobs = asked(wanted("a"), wanted("b"))
    job(jobs).due_s = 5.0
    assert jobs.due_s() == 0.0
    assert order(jobs) == ["b"]
    assert jobs.due_s() == 5.0
    jobs.take(wanted("a"))
    assert order(jobs) == ["a"]


def test_what_has_failed_lets_others_have_their_turn() -> None:
    """A file that fails comes after those not tried yet; of several such the one that waits for longest is first."""
    jobs = asked(wanted("a"), wanted("b"), wanted("c"), wanted("d"))
    for due_s in (3.0, 2.0):
        failed = job(jobs)
        failed.failures, failed.due_s = 1, due_s
    assert order(jobs, now_s=9.0) == ["c", "d", "b", "a"]


def test_work_goes_on_beside_what_failed_before() -> None:
    """A file whose pause is over does not break off the one that comes after it; a new wish ahead of it does."""
    jobs = asked(wanted("a"), wanted("b"))
    failed = job(jobs)
    failed.failures = 1
    assert not jobs.is_off(wanted("b"), 0.0)
    failed.failures = 0
    assert jobs.is_off(wanted("b"), 0.0)


def test_a_job_that_was_dropped_and_asked_for_again_is_found_by_its_file() -> None:
    """What lands then is told to whoever asks for it now, not to whoever did before."""
    jobs = asked(wanted("a", "x"))
    before = job(jobs)
    jobs.take(Named(frozenset("b")))
    jobs.take(wanted("b", "x"))
    assert not jobs.wants(before)
    now = jobs.done(before)
    assert now is not None
    assert now.paths == {"b"}


def test_pauses_grow_by_chance_up_to_five_minutes() -> None:
    """Full jitter: any length from nothing to a bound, which doubles from one second and ends at 300."""
    pauses = Pauses()
    assert [pauses.pause_s(failures, 1.0) for failures in (0, 1, 2, 8, 9, 10**9)] == [1, 2, 4, 256, 300, 300]
    assert [pauses.pause_s(failures, 0.5) for failures in (0, 9)] == [0.5, 150]
    assert pauses.pause_s(9, 0.0) == 0


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({}, 0),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "99999999999999999999"}, LONGEST_ASKED_S),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, LONGEST_ASKED_S),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0),
    ],
)
def test_a_pause_is_taken_as_the_server_means_it(headers: dict[str, str], pause_s: float) -> None:
    """Seconds, or a date by the server's own clock, as the box may not know the time; at most an hour."""
    assert asked_pause_s(headers) == pause_s
