"""The named crash points: where a box is killed, and what has and has not happened there.

A point is a call of a function, by its module and qualified name as its callers look it up: the first whose arguments
say all the given words, or a later one. The process kills itself with SIGKILL before the call, after it, or, for calls
that change the disk, during it. With `first` an earlier life has died there, so that this is the death of a start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

LINK, RUNTIME, CORE, STORE = "firmware_py.link", "firmware_py.runtime", "firmware_py.core", "firmware_py.store"
RESTARTS = "restart-"
"""How the names of points begin for which a box must be told to restart."""

Moment: TypeAlias = Literal["before", "during", "after"]


@dataclass(frozen=True, slots=True)
class Call:
    """The `nth` call of the function at `where` (`module:qualified.name`) whose arguments say all words of `about`."""

    moment: Moment
    where: str
    about: tuple[str, ...]
    nth: int


def _call(moment: Moment, where: str, *about: str, nth: int = 1) -> Call:
    return Call(moment, where, about, nth)


before, during, after = partial(_call, "before"), partial(_call, "during"), partial(_call, "after")


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the matrix: its name, what has and has not happened there, the deadly call."""

    name: str
    meaning: str
    call: Call
    first: str = ""

    @property
    def restarts(self) -> bool:
        """Whether the box must be told to restart, for this point to be met with."""
        return self.name.startswith(RESTARTS) or self.first.startswith(RESTARTS)


RECEIVE = (
    Point(
        "receive-birth",
        "the broker has taken the box on; nobody was told, no connection number is written",
        before(f"{LINK}.uplink:_Box.up"),
    ),
    Point(
        "receive-connection",
        "the number of this connection is computed, not written: the next life will use it again",
        before(f"{STORE}.journal:Journal.write", "Mark(name='connection'"),
    ),
    Point(
        "receive-packet",
        "a command was read from the socket and is known to paho alone",
        before(f"{LINK}.uplink:_Box.came", "dn/cmd"),
    ),
    Point("receive-posted", "an alert waits in the loop's queue", after(f"{LINK}.uplink:_Box.came", "/alert")),
    Point(
        "receive-confirm",
        "the first document is obeyed and on the disk; its PUBACK is not sent",
        before(f"{LINK}.mqtt:Connection.acknowledge"),
    ),
    Point(
        "receive-confirmed",
        "a PUBACK was handed to the socket, while other documents wait for theirs",
        after(f"{LINK}.mqtt:Connection.acknowledge", nth=4),
    ),
)

VERIFY = (
    Point("verify-command", "a command is about to be verified", before(f"{CORE}.inbox:verify", "wire.Command")),
    Point(
        "verify-alert",
        "an alert is genuine; it was not held against the marks",
        after(f"{CORE}.inbox:verify", "wire.Alert"),
    ),
    Point(
        "verify-sync",
        "the source's word of what it has is genuine; nothing was forgotten for it",
        after(f"{CORE}.inbox:verify", "wire.Sync"),
    ),
    Point(
        "admit-alert",
        "an alert is admitted; its mark is raised in memory alone",
        after(f"{CORE}.inbox:admit", "document=Alert("),
    ),
    Point(
        "admit-desired",
        "the pointer to a schedule is admitted; its mark is raised in memory alone",
        after(f"{CORE}.inbox:admit", "document=Desired("),
    ),
    Point(
        "act-next", "`next` has moved the programme on in memory alone", after(f"{CORE}.inbox:act", "CommandKind.NEXT")
    ),
)

JOURNAL = (
    Point(
        "write-volume",
        "a volume is computed; neither its inbox row, its answer nor the setting is written",
        before(f"{STORE}.journal:Journal.write", "Control(name='volume_pct', value=30)"),
    ),
    Point(
        "write-row",
        "the transaction has the inbox row of an alert and not yet its answer",
        after(f"{STORE}.memory:put", "InboxRow(name='area:"),
    ),
    Point(
        "write-event",
        "the transaction has the answer to a command as an event, with its number; no commit",
        after(f"{STORE}.outbox:put", "CommandAnswer(id='volume"),
    ),
    Point(
        "commit-volume",
        "SQLite is somewhere in the transaction of a volume",
        during(f"{STORE}.journal:Journal.write", "Control(name='volume_pct', value=60)"),
    ),
    Point(
        "commit-alert",
        "SQLite is somewhere in the transaction of an alert",
        during(f"{STORE}.journal:Journal.write", "AlertState.RECEIVED"),
    ),
    Point(
        "written-alert",
        "an alert is on the disk; neither output nor broker was told",
        after(f"{STORE}.journal:Journal.write", "AlertState.RECEIVED"),
    ),
    Point(
        "written-volume",
        "a volume is on the disk with its answer; neither output nor broker was told",
        after(f"{STORE}.journal:Journal.write", "Control(name='volume_pct', value=60)"),
    ),
    Point(
        "written-next",
        "`next` is on the disk as done; the output was not told, the move is lost and must not come back",
        after(f"{STORE}.journal:Journal.write", "CommandAnswer(id='next", "SUCCEEDED"),
    ),
    Point(
        "write-on-air",
        "an alert is heard; that it is, is not written",
        before(f"{STORE}.journal:Journal.write", "AlertState.ON_AIR"),
    ),
    Point(
        "written-on-air",
        "an alert is heard and written as on air",
        after(f"{STORE}.journal:Journal.write", "AlertState.ON_AIR"),
    ),
    Point(
        "write-done",
        "an alert was heard to its end; nobody has written that, so that it is heard again",
        before(f"{STORE}.journal:Journal.write", "Result.COMPLETE"),
    ),
    Point(
        "written-done",
        "an alert was heard to its end and is written as done; its answer was not sent",
        after(f"{STORE}.journal:Journal.write", "Result.COMPLETE"),
    ),
    Point(
        "write-progress",
        "a play is on air; its newest progress is in memory alone",
        before(f"{STORE}.progress:ProgressFile.write", nth=2),
    ),
)

ACT = (
    Point(
        "spool-voice",
        "an alert is on the disk; its voice is not yet where the output finds it",
        before(f"{RUNTIME}.spool:Spool.put"),
    ),
    Point(
        "told-notice",
        "the output has the order for an alert; the broker was not told that it arrived",
        after(f"{RUNTIME}.output:OutputProcess.send", "notice=Notice("),
    ),
    Point(
        "heard-begin",
        "the output has said that an alert is heard; the loop has not looked",
        before(f"{RUNTIME}.loop:Loop._before", "Started(", nth=2),
    ),
    Point(
        "tell-snapshot",
        "a snapshot is written as in progress; the output was not asked",
        before(f"{RUNTIME}.output:OutputProcess.send", "TakeSnapshot("),
    ),
    Point(
        "uploaded-snapshot",
        "a snapshot is at the source; the answer that says so is not written",
        after(f"{LINK}.uploads:Uploads._send"),
    ),
    Point(
        "restart-write",
        "a restart is computed and not written: the box is another run of the agent when it comes again",
        before(f"{STORE}.journal:Journal.write", "'restart-"),
    ),
    Point(
        "restart-written",
        "a restart is written as in progress; nothing was stopped",
        after(f"{STORE}.journal:Journal.write", "'restart-"),
    ),
    Point(
        "restart-begun",
        "the output was told to end for a restart",
        after(f"{RUNTIME}.output:OutputProcess.send", "Quit()"),
    ),
)

DOWNLOAD = (
    Point(
        "download-want",
        "a pointer is on the disk; the fetch thread was not told",
        before(f"{LINK}.remote:RemoteSource.want"),
    ),
    Point(
        "download-document",
        "a schedule document has come whole and is in memory alone",
        before(f"{LINK}.fetcher:Fetcher._landed", "is_document=True"),
    ),
    Point(
        "download-keep",
        "a schedule document is read and good; its file is written and has not its name",
        before(f"{STORE}.documents:move"),
    ),
    Point(
        "download-kept",
        "a schedule document is the active one on the disk; the loop does not know",
        after(f"{STORE}.documents:DocumentStore.put"),
    ),
    Point(
        "download-half",
        "a part of a sound is on the disk, to be gone on with",
        after(f"{STORE}.landing:LandingPart.write", nth=2),
    ),
    Point(
        "download-whole",
        "a sound has come whole; it is neither synced nor in the store",
        before(f"{STORE}.landing:LandingPart.finish"),
    ),
    Point(
        "download-adopt",
        "a sound is synced; it has not its place in the store",
        before(f"{STORE}.content:ContentStore.adopt"),
    ),
    Point(
        "download-adopted",
        "a sound is in the store; what lay beside its unfinished file is still there",
        after(f"{STORE}.content:ContentStore.adopt", nth=2),
    ),
    Point(
        "check-facts",
        "a sound was checked; what was found is not kept",
        before(f"{STORE}.content:ContentStore.remember"),
    ),
    Point(
        "check-told",
        "what was found of a sound is kept; the loop does not know",
        before(f"{RUNTIME}.worker:Worker._flush"),
    ),
    Point(
        "force-schedule",
        "a schedule has arrived at the rule; nothing of it is on air",
        after(f"{CORE}.incoming:arrive"),
    ),
)

REPORT = (
    Point(
        "report-batch",
        "the first batch of events is made; the link does not have it",
        before(f"{RUNTIME}.courier:Courier._send"),
    ),
    Point(
        "report-sent",
        "a batch is with the broker or on its way; there is no receipt",
        after(f"{LINK}.mqtt:Connection.publish", "up/events"),
    ),
    Point(
        "report-receipt",
        "the broker's receipt for a batch has come; the source has not said that it has the events",
        before(f"{RUNTIME}.courier:Courier.sent", "Sent(no=1,"),
    ),
    Point(
        "report-forget",
        "the source has said that it has the events; they are still in the outbox",
        before(f"{STORE}.journal:Journal.forget"),
    ),
    Point(
        "report-forgetting",
        "SQLite is somewhere in the transaction that removes what the source has",
        during(f"{STORE}.journal:Journal.forget"),
    ),
    Point(
        "report-forgotten",
        "what the source has is gone from the outbox; the courier does not know",
        after(f"{STORE}.journal:Journal.forget"),
    ),
)

START = (
    Point(
        "start-closing",
        "after a death in an alert: its play is written as interrupted, nothing else was taken up",
        after(f"{STORE}.journal:Journal.write", "Result.INTERRUPTED"),
        first="written-on-air",
    ),
    Point(
        "start-recalled",
        "after a death in an alert: it is held again in memory alone",
        after(f"{RUNTIME}.agent:recall"),
        first="written-on-air",
    ),
    Point(
        "start-told",
        "after a death in an alert: the output was told of it again",
        after(f"{RUNTIME}.output:OutputProcess.send", "notice=Notice("),
        first="told-notice",
    ),
    Point(
        "start-tidied",
        "after a death with a snapshot begun: that it has failed is computed and not written",
        before(f"{STORE}.journal:Journal.write", "CommandAnswer(id='snapshot"),
        first="tell-snapshot",
    ),
    Point(
        "start-restarted",
        "after a death in a restart: that it has succeeded is written, and not sent",
        after(f"{STORE}.journal:Journal.write", "CommandAnswer(id='restart-", "SUCCEEDED"),
        first="restart-written",
    ),
    Point(
        "start-again",
        "after a death with half a batch of receipts: everything that waits is made up anew, and not sent",
        before(f"{RUNTIME}.courier:Courier._send"),
        first="report-sent",
    ),
)

POINTS = (*RECEIVE, *VERIFY, *JOURNAL, *ACT, *DOWNLOAD, *REPORT, *START)
BY_NAME = {point.name: point for point in POINTS}


def deaths(point: Point) -> tuple[Point, ...]:
    """Return the points at which a box dies, one life after the other, the given one last."""
    return (*deaths(BY_NAME[point.first]), point) if point.first else (point,)
