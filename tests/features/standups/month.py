"""A month of a bilingual team: one story, told on any stage.

Alice and Bob work in Berlin, 李雷 and 韩梅梅 in Shanghai; everybody is asked at half past nine of
their own. Between 20 September and 27 October 2026 lie two days off in exchange for Sundays and
Saturdays (20 September and 10 October are worked in China), the Mid-Autumn day and the National
week, and the end of summer time in Berlin. People are on leave, skip a day, answer late, change
what they said, travel; Muster is down twice; something is in Bob's way for four days.

To tell it on another platform, implement `Stage` there and await `tell(stage)` (a whole month), or
`tell(stage, days=3)` for its beginning. Four people, two rooms; all that is done is typed commands,
forms filled in, and time that passes. What is expected is what anybody sees: the words of direct
messages, of what is in the room, of what stands below a head. Words are compared by what they
contain, so a stage may draw as it likes, but for these: a time of day is "11:00", an item
"WR-1-1", a name as it is, without @ or with.

A stage that is not asynchronous (`World`) is played by `played`: nothing there ever waits.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.core.i18n import plain
from bot.core.text import AnyInline, Reader, Strong, t, tn

T = TypeVar("T")
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
ALICE, BOB, LI, HAN = "Alice", "Bob", "李雷", "韩梅梅"
EVERYBODY = (ALICE, BOB, LI, HAN)
HOME = {ALICE: BERLIN, BOB: BERLIN, LI: SHANGHAI, HAN: SHANGHAI}
LANG: dict[str, Any] = {ALICE: "en", BOB: "en", LI: "zh", HAN: "zh"}
TITLE, OTHER = "Checkout rebuild", "支付重构"
ROOM = f"WR-1 {TITLE}"
MINUTE = timedelta(minutes=1)
BEGINS = datetime(2026, 9, 19, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Post:
    """A message of Muster's in a room: its id, that of the head it stands below, its words."""

    id: str
    below: str | None
    words: str


class Stage(Protocol):
    """Where the story is told. Every method returns when all that follows from it has happened."""

    async def meets(self, who: str, lang: str, zone: str) -> None:
        """Somebody is there, speaks that language, lives in that zone (by profile or command)."""

    async def travels(self, who: str, zone: str) -> None:
        """From now on their clock shows another zone, and Muster knows (by profile or command)."""

    async def opens(self, who: str, key: str, title: str, *others: str) -> None:
        """A war room is opened with those others in it; `key` is what it will be called."""

    async def at(self, when: datetime) -> None:
        """Time goes on to an instant; what is due on the way happens at its time."""

    async def down_until(self, when: datetime) -> None:
        """Time goes on while Muster is down; it comes back at `when`."""

    async def says(self, who: str, text: str, room: str | None = None) -> str:
        """Somebody types a command in the room of that key, or to Muster alone.

        What they are told at once, "" for nothing. `told` and `posted` do not give that again.
        """

    async def holds(self, who: str) -> Mapping[str, str]:
        """What the form of `/standup` begins with, by the ends of the fields' names ("since").

        Of several rooms, the first one's; as drawn for them, nothing is sent.
        """

    async def fills(self, who: str, values: Mapping[str, str]) -> str:
        """Send that form, some fields changed; what they are told."""

    async def told(self, who: str) -> list[str]:
        """What they were sent alone, since this was last asked: each message in words."""

    async def posted(self, key: str) -> list[Post]:
        """What was posted in a room since this was last asked, the oldest first."""

    async def now(self, key: str, post: Post) -> str:
        """How a post looks by now."""


@dataclass(frozen=True)
class Day:
    """A run of the daily stand-up, and what people do about it. Who is not named is asked."""

    on: str
    #: Not asked: leave, or no day of work where they are.
    away: tuple[str, ...] = ()
    #: Do not answer in time.
    silent: tuple[str, ...] = ()
    #: Say, before it is their time, that they leave it out.
    skips: tuple[str, ...] = ()
    #: What they answer beyond the usual.
    says: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Whose clock is another that day.
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    #: For so many minutes after half past nine there, Muster is down.
    down: Mapping[str, int] = field(default_factory=dict)
    #: To where they travel after the first clock's time: nobody is asked twice for a date.
    travels: Mapping[str, str] = field(default_factory=dict)
    #: The blockers that the report begins with, as they read.
    blockers: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple(who for who in EVERYBODY if who not in self.away)

    def zone(self, who: str) -> str:
        return self.elsewhere.get(who, HOME[who])

    def opens(self, zone: str) -> datetime:
        """Half past nine there."""
        local = datetime.combine(date.fromisoformat(self.on), time(9, 30), ZoneInfo(zone))
        return local.astimezone(UTC)

    @property
    def zones(self) -> list[str]:
        """Where anybody is asked, in the order of their clocks."""
        return sorted({self.zone(who) for who in self.asked}, key=self.opens)


CHINA, GERMANY = (LI, HAN), (ALICE, BOB)
STAGING = "No access to the staging database"
IN_THE_WAY = {BOB: {"blocker": STAGING}}
DAYS = (
    Day("2026-09-20", away=GERMANY),  # a Sunday that is worked in China
    Day("2026-09-21"),
    Day("2026-09-22", away=(HAN,)),  # on leave for three days
    Day("2026-09-23", away=(HAN,), silent=(ALICE,)),
    Day("2026-09-24", away=(HAN,)),
    Day("2026-09-25", away=CHINA),  # Mid-Autumn
    Day("2026-09-28", skips=(BOB,)),
    Day("2026-09-29", silent=(ALICE, LI)),
    Day("2026-09-30"),
    Day("2026-10-01", away=CHINA),  # the National week
    Day("2026-10-02", away=CHINA),
    Day("2026-10-05", away=CHINA, silent=(BOB,)),
    Day("2026-10-06", away=CHINA),
    Day("2026-10-07", away=CHINA),
    Day("2026-10-08"),
    Day("2026-10-09"),
    Day("2026-10-10", away=GERMANY, silent=(HAN,)),  # a Saturday that is worked in China
    Day("2026-10-12", says=IN_THE_WAY, blockers=("Bob · new today",)),
    Day("2026-10-13", says=IN_THE_WAY, blockers=("Bob · for 1 day",)),
    Day("2026-10-14", elsewhere={LI: BERLIN}, blockers=("Bob · for 2 days",)),
    Day("2026-10-15", says=IN_THE_WAY, blockers=("Bob · for 3 days",)),
    Day("2026-10-16", says={BOB: {"item1": "done", "blocker": ""}}),
    Day("2026-10-19", silent=(HAN,), travels={HAN: BERLIN}),
    Day("2026-10-20", down={BERLIN: 30}),
    Day("2026-10-21"),
    Day("2026-10-23", down={SHANGHAI: 40}),  # the 22nd is missed
    Day("2026-10-26"),  # Berlin is an hour later from here on
    Day("2026-10-27"),
)
#: Downtime over all of a run.
MISSED = "2026-10-22"


def words(lang: str, text: str, **values: AnyInline | str | int) -> str:
    """A sentence of Muster's as it is in a language."""
    return plain(t(text, **values), Reader("zh" if lang == "zh" else "en"))


def thanks(lang: str) -> str:
    """What is said to whom has answered for one room."""
    said = tn("Thank you.", "Thank you, for all {n} rooms.", 1)
    return plain(said, Reader("zh" if lang == "zh" else "en"))


def played(story: Coroutine[Any, Any, T]) -> T:
    """Run a story on a stage that never waits, outside of any event loop."""
    try:
        story.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    message = "this stage waits: await the story in an event loop"
    raise RuntimeError(message)


async def tell(stage: Stage, days: int = len(DAYS)) -> Month:
    """Tell the story up to so many days of it; the teller, for who wants to know more."""
    month = Month(stage)
    await month.begins()
    for day in DAYS[:days]:
        await month.before(day)
        await month.passes(day)
        await month.after(day)
    if days >= len(DAYS):
        await month.ends()
    return month


class Month:
    """Tells it, and knows what to expect: nothing here asks Muster's own rules."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        #: What each said last that they would do next.
        self.plans: dict[str, str] = {}
        #: By day: who has answered, and in what words.
        self.answers: dict[str, dict[str, dict[str, str]]] = {}
        self.shares: list[int] = []
        self.heads: dict[str, Post] = {}
        self.reports: dict[str, Post] = {}
        self.posts: dict[tuple[str, str], Post] = {}

    async def begins(self) -> None:
        for who in EVERYBODY:
            await self.stage.meets(who, LANG[who], HOME[who])
            region, place = ("DE", "Germany") if HOME[who] == BERLIN else ("CN", "中国")
            _has(await self.stage.says(who, f"/muster region {region}"), place)
        await self.stage.opens(ALICE, "WR-1", TITLE, BOB, LI, HAN)
        await self.stage.opens(LI, "WR-2", OTHER, HAN)
        for key in ("WR-1", "WR-2"):
            await self.stage.posted(key)
        for who in EVERYBODY:
            await self.stage.told(who)
        await self.stage.says(
            ALICE, "/standup setup 09:30 --closes 11:00 --clock person", room="WR-1"
        )
        [card] = await self.stage.posted("WR-1")
        _has(card.words, "Alice set up the stand-up", "09:30–11:00")
        await self.stage.says(
            LI,
            "/站会 设置 16:00 --截止 1h --时区 上海 --模板 回顾 --名称 review "
            "--日期 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
            room="WR-2",
        )
        [card] = await self.stage.posted("WR-2")
        _has(card.words, "李雷")

    # A day.

    async def passes(self, day: Day) -> None:
        self.answers[day.on] = {}
        for number, zone in enumerate(day.zones):
            here = [who for who in day.asked if day.zone(who) == zone and who not in day.skips]
            opens = day.opens(zone)
            await self.stage.at(opens - MINUTE)
            await self._nothing_happens()
            if zone in day.down:
                await self.stage.down_until(opens + day.down[zone] * MINUTE)
            else:
                await self.stage.at(opens)
            if number == 0:
                await self._opens(day)
            await self._are_asked(day, here, is_late=zone in day.down)
            if zone not in day.down:
                await self.stage.at(opens + 10 * MINUTE)
            for who in here:
                if who not in day.silent:
                    await self._answers(day, who)
            await self._are_reminded(day, here, opens)
            if number == 0:
                for who, where in day.travels.items():
                    await self.stage.travels(who, where)
        last = day.opens(day.zones[-1])
        if day.silent:
            await self.stage.at(last + 89 * MINUTE)
            await self._nothing_happens()
            await self.stage.at(last + 90 * MINUTE)
        await self._reports(day)
        await self._nothing_happens()

    async def _nothing_happens(self) -> None:
        for key in ("WR-1", "WR-2"):
            assert await self.stage.posted(key) == []
        await self._only({})

    async def _only(self, expected: Mapping[str, Iterable[str]]) -> None:
        """Those are sent one message each, that says all of it; the others none."""
        for who in EVERYBODY:
            found = await self.stage.told(who)
            if who in expected:
                assert len(found) == 1, (who, found)
                _has(found[0], *expected[who])
            else:
                assert found == [], (who, found)

    def _count(self, day: Day) -> str:
        expected = len(day.asked) - len(day.skips)
        return f"{len(self.answers[day.on])} of {expected}"

    async def _opens(self, day: Day) -> None:
        [head] = await self.stage.posted("WR-1")
        assert head.below is None
        self.heads[day.on] = head
        _has(head.words, f"Stand-up of {day.on}", self._count(day))
        assert ("Opened late" in head.words) == (day.zones[0] in day.down)

    async def _are_asked(self, day: Day, here: list[str], *, is_late: bool) -> None:
        """Exactly those, each in their language and by their clock, in one message."""
        ask = "Stand-up of {room}: please answer until {time}"
        late = "It opens late today: Muster was not running."
        expected = {
            who: [words(LANG[who], ask, room=Strong(ROOM), time="11:00")]
            + ([words(LANG[who], late)] if is_late else [])
            for who in here
        }
        await self._only(expected)

    async def _answers(self, day: Day, who: str) -> None:
        known = await self.stage.holds(who)
        assert known["since"] == self.plans.get(who, ""), "it begins with what was planned"
        assert known["next"] == ""
        at = date.fromisoformat(day.on).toordinal()
        mood = str((at + EVERYBODY.index(who)) % 5 + 1)
        since, plan = f"{who} did {day.on}", f"{who} plans {day.on}"
        if who == LI:
            since, plan = f"{day.on} 完成了联调", f"{day.on} 之后写测试"
        given = {"since": since, "next": plan, "mood": mood, **day.says.get(who, {})}
        told = await self.stage.fills(who, given)
        _has(told, thanks(LANG[who]))
        self.plans[who] = plan
        self.answers[day.on][who] = given
        found = await self.stage.posted("WR-1")
        if len(found) > 1:  # that was the last answer: the report follows at once
            self.reports[day.on] = found.pop()
        [post] = found
        assert post.below == self.heads[day.on].id
        _has(post.words, f"{who} answered", since, plan, mood)
        self.posts[day.on, who] = post
        _has(await self.stage.now("WR-1", self.heads[day.on]), self._count(day))

    async def _are_reminded(self, day: Day, here: list[str], opens: datetime) -> None:
        """At 80 % of the window, those alone who are missing."""
        silent = [who for who in here if who in day.silent]
        if not silent:
            return
        await self.stage.at(opens + 72 * MINUTE - MINUTE)
        await self._only({})
        await self.stage.at(opens + 72 * MINUTE)
        ask = "There is still time for the stand-up, until {time}"
        await self._only({who: [words(LANG[who], ask, time="11:00")] for who in silent})

    async def _reports(self, day: Day) -> None:
        if day.on not in self.reports:
            [self.reports[day.on]] = await self.stage.posted("WR-1")
        report = self.reports[day.on]
        assert report.below == self.heads[day.on].id
        self._is_report(day, report.words)
        head = await self.stage.now("WR-1", self.heads[day.on])
        _has(head, "closed", f"{self._count(day)} answered")

    def _is_report(self, day: Day, text: str) -> None:
        """Everything that was said is in it, and who is missing, away and in the way."""
        _has(text, f"Report of {day.on}: {ROOM}")
        given = self.answers[day.on]
        for said in given.values():
            _has(text, said["since"], said["next"])
        _names(text, "Away: ", day.away)
        _names(text, "Not today: ", day.skips)
        _names(text, "Still to come: ", [who for who in day.silent if who not in given])
        assert (STAGING in text) == bool(day.blockers)
        for blocker in day.blockers:
            _has(text, f"WR-1-1 {STAGING}", blocker)
        if day.on != DAYS[0].on:
            share = round(100 * len(given) / (len(day.asked) - len(day.skips)))
            _has(_line(text, "Answers lately: "), f"{share}%")
            moods = [int(said["mood"]) for said in given.values()]
            _has(_line(text, "Mood lately: "), f"{round(sum(moods) / len(moods), 1):g}")

    # Between the days.

    async def before(self, day: Day) -> None:
        """What happens before a day begins."""
        dawn = datetime.combine(date.fromisoformat(day.on), time(1, 0), UTC)
        match day.on:
            case "2026-09-22":
                await self.stage.at(dawn)
                told = await self.stage.says(HAN, "/站会 请假 3天")
                _has(told, "2026-09-22", "2026-09-24")
            case "2026-09-28":
                await self.stage.at(dawn)
                _has(await self.stage.says(BOB, "/standup skip Workshop"), "Skipped for today.")
            case "2026-10-05":
                # Friday the 2nd was a day of the review of WR-2: everybody there was away.
                await self.stage.at(dawn)
                told = await self.stage.says(LI, "/standup history", room="WR-2")
                _has(told, "2026-10-02", words("zh", "everybody was away"))
            case "2026-10-23":
                await self.stage.at(datetime(2026, 10, 21, 20, 0, tzinfo=UTC))
                await self.stage.down_until(day.opens(SHANGHAI) - 2 * MINUTE)
                await self._nothing_happens()
                told = await self.stage.says(ALICE, "/standup history", room="WR-1")
                _has(told, f"{MISSED}: did not take place: Muster was not running")
                _has(await self.stage.says(ALICE, f"/standup report {MISSED}", room="WR-1"),
                     "did not take place")  # fmt: skip
            case _:
                pass

    async def _review(self) -> None:
        """The fortnightly review of WR-2, with questions of its own, by the room's clock."""
        await self.stage.at(datetime(2026, 10, 16, 7, 59, tzinfo=UTC))
        await self._nothing_happens()
        await self.stage.at(datetime(2026, 10, 16, 8, 0, tzinfo=UTC))
        [head] = await self.stage.posted("WR-2")
        _has(head.words, "review", "2026-10-16", "0 of 2")
        await self._only({who: [f"WR-2 {OTHER}", "review", "17:00"] for who in CHINA})
        for who in CHINA:
            assert set(await self.stage.holds(who)) >= {"goal", "well", "better"}
            given = {"goal": "灰度发布已完成", "better": f"{who}：早点联调"}
            _has(await self.stage.fills(who, given), thanks("zh"))
        *said, report = await self.stage.posted("WR-2")
        assert [post.below for post in (*said, report)] == [head.id] * 3
        for who, post in zip(CHINA, said, strict=True):
            _has(post.words, who, "灰度发布已完成", f"{who}：早点联调")
            _has(report.words, f"{who}：早点联调")
        _has(report.words, "Report of 2026-10-16", f"WR-2 {OTHER}", "review")
        await self._nothing_happens()

    async def after(self, day: Day) -> None:
        """What happens when a day is over."""
        noon = datetime.combine(date.fromisoformat(day.on), time(12, 0), UTC)
        match day.on:
            case "2026-09-23":
                await self.stage.at(noon)
                await self._answers_late(day, ALICE)
            case "2026-09-30":
                await self._changes(day, LI)
            case "2026-10-13":
                await self.stage.at(noon)
                await self.stage.travels(LI, BERLIN)
            case "2026-10-16":
                await self._review()
            case "2026-10-14":
                await self.stage.at(noon)
                await self.stage.travels(LI, SHANGHAI)
            case "2026-10-19":
                await self.stage.travels(HAN, SHANGHAI)
            case _:
                pass

    async def _answers_late(self, day: Day, who: str) -> None:
        """The report that is there already is edited."""
        given = {"since": f"{who} did {day.on}, late", "next": f"{who} plans {day.on}", "mood": "3"}
        _has(await self.stage.fills(who, given), f"your answer of {day.on} was added late")
        [post] = await self.stage.posted("WR-1")
        assert post.below == self.heads[day.on].id
        _has(post.words, f"{who} answered", given["since"], "Added after it had closed.")
        self.plans[who] = given["next"]
        self.answers[day.on][who] = given
        report = await self.stage.now("WR-1", self.reports[day.on])
        self._is_report(day, report)
        _has(report, f"{who} (late)")

    async def _changes(self, day: Day, who: str) -> None:
        """An answer that is changed is edited where it stands, and in the report."""
        told = await self.stage.fills(who, {"next": "国庆后写测试"})
        _has(told, words(LANG[who], "Your answer is changed."))
        self.plans[who] = self.answers[day.on][who]["next"] = "国庆后写测试"
        await self._nothing_happens()
        _has(await self.stage.now("WR-1", self.posts[day.on, who]), "国庆后写测试", "Changed")
        self._is_report(day, await self.stage.now("WR-1", self.reports[day.on]))

    async def ends(self) -> None:
        """What is left of the month: one item, a history, nothing said to anybody since."""
        items = await self.stage.says(BOB, "/item list all", room="WR-1")
        _has(items, f"WR-1-1 {STAGING}", "done")
        assert "WR-1-2" not in items
        history = await self.stage.says(BOB, "/standup history", room="WR-1")
        for day in DAYS[-5:]:
            _has(history, f"{day.on}: {self._count(day)} answered")
        report = await self.stage.says(BOB, "/standup report 2026-10-12", room="WR-1")
        self._is_report(next(day for day in DAYS if day.on == "2026-10-12"), report)
        await self._nothing_happens()


def _has(text: str, *parts: str) -> None:
    missing = [part for part in parts if part not in text]
    assert not missing, f"{missing} are not in:\n{text}"


def _line(text: str, begins: str) -> str:
    """The line that begins so; "" if none does."""
    return next((line for line in text.splitlines() if begins in line), "")


def _names(text: str, begins: str, names: Iterable[str]) -> None:
    """Exactly those are named on the line that begins so."""
    line = _line(text, begins)
    assert {who for who in EVERYBODY if who in line} == set(names), (begins, line, names)
