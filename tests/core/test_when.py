"""Dates and times as people type them. It is Wednesday 18 November 2026, ten in Shanghai."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.when import Moment, Unclear, longest_when, parse_when

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=SHANGHAI)


def local(text: str, now: datetime = NOW) -> str:
    """`text`, as a wall clock where `now` is; a date-only moment without its 18:00."""
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)
    moment = parse_when(text, now=now, zone=zone)
    assert moment.at.tzinfo is UTC
    wall = f"{moment.at.astimezone(zone):%Y-%m-%d %H:%M}"
    if not moment.has_time:
        assert wall.endswith(" 18:00")
        return wall.removesuffix(" 18:00")
    return wall


def reason(text: str, now: datetime = NOW) -> str:
    with pytest.raises(Unclear) as caught:
        local(text, now)
    return caught.value.reason


def at(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


DAYS = {
    "today": "2026-11-18",
    "今天": "2026-11-18",
    "今日": "2026-11-18",
    "Tomorrow": "2026-11-19",
    "明天": "2026-11-19",
    "明日": "2026-11-19",
    "day after tomorrow": "2026-11-20",
    "the day after tomorrow": "2026-11-20",
    "后天": "2026-11-20",
    "大后天": "2026-11-21",
    "eom": "2026-11-30",
    "end of month": "2026-11-30",
    "end of the month": "2026-11-30",
    "月底": "2026-11-30",
    "月末": "2026-11-30",
    "本月底": "2026-11-30",
    "这个月底": "2026-11-30",
    "下月底": "2026-12-31",
    "下个月底": "2026-12-31",
    "下个月月底": "2026-12-31",
    "end of next month": "2026-12-31",
    "end of february": "2027-02-28",
    "end of february 2028": "2028-02-29",
    "2月底": "2027-02-28",
    "2028年2月底": "2028-02-29",
    "年底": "2026-12-31",
    "本年底": "2026-12-31",
    "今年年底": "2026-12-31",
    "明年底": "2027-12-31",
    "2028年底": "2028-12-31",
    "eoy": "2026-12-31",
    "end of year": "2026-12-31",
    "end of next year": "2027-12-31",
    "eow": "2026-11-20",
    "end of week": "2026-11-20",
    "end of the week": "2026-11-20",
    "end of next week": "2026-11-27",
}

LENGTHS = {
    "3d": "2026-11-21",
    "1w": "2026-11-25",
    "2 wks": "2026-12-02",
    "in 3 days": "2026-11-21",
    "3 days": "2026-11-21",
    "a week": "2026-11-25",
    "three days from now": "2026-11-21",
    "within 3 days": "2026-11-21",
    "3天": "2026-11-21",
    "3天后": "2026-11-21",
    "3 天 后": "2026-11-21",
    "三天之内": "2026-11-21",
    "三日后": "2026-11-21",
    "两周后": "2026-12-02",
    "两个星期后": "2026-12-02",
    "1个月": "2026-12-18",
    "三个月后": "2027-02-18",
    "in 2 months": "2027-01-18",
    "in a year": "2027-11-18",
    "半年后": "2027-05-18",
    "一百零五天后": "2027-03-03",
    "2h": "2026-11-18 12:00",
    "30m": "2026-11-18 10:30",
    "two hours": "2026-11-18 12:00",
    "twenty-five minutes": "2026-11-18 10:25",
    "1440 minutes": "2026-11-19 10:00",
    "two hours later": "2026-11-18 12:00",
    "half an hour": "2026-11-18 10:30",
    "in half an hour": "2026-11-18 10:30",
    "an hour and a half": "2026-11-18 11:30",
    "two and a half hours": "2026-11-18 12:30",
    "in a quarter of an hour": "2026-11-18 10:15",
    "1.5h": "2026-11-18 11:30",
    "1.5 hours": "2026-11-18 11:30",
    "1.5小时": "2026-11-18 11:30",
    "两小时后": "2026-11-18 12:00",
    "再过两小时": "2026-11-18 12:00",
    "半小时后": "2026-11-18 10:30",
    "半个小时": "2026-11-18 10:30",
    "一个半小时后": "2026-11-18 11:30",
    "两小时半": "2026-11-18 12:30",
    "30分钟后": "2026-11-18 10:30",
    "二十分后": "2026-11-18 10:20",
    "一刻钟后": "2026-11-18 10:15",
    "1h30m": "2026-11-18 11:30",
    "1小时30分钟后": "2026-11-18 11:30",
    "two hours and 30 minutes": "2026-11-18 12:30",
    "1 day 2 hours": "2026-11-19 12:00",
    "in 3 days at 5pm": "2026-11-21 17:00",
    "5pm in 3 days": "2026-11-21 17:00",
    "3天后下午5点": "2026-11-21 17:00",
    "两周后的上午": "2026-12-02 09:00",
}

PARTS_OF_DAY = {
    "tonight": "2026-11-18 20:00",
    "今晚": "2026-11-18 20:00",
    "今天晚上": "2026-11-18 20:00",
    "明晚": "2026-11-19 20:00",
    "明早": "2026-11-19 09:00",
    "tomorrow morning": "2026-11-19 09:00",
    "in the morning": "2026-11-19 09:00",
    "明天上午": "2026-11-19 09:00",
    "noon": "2026-11-18 12:00",
    "明天中午": "2026-11-19 12:00",
    "this afternoon": "2026-11-18 15:00",
    "后天下午": "2026-11-20 15:00",
    "evening": "2026-11-18 20:00",
    "friday night": "2026-11-20 20:00",
    "傍晚": "2026-11-18 18:00",
    "midnight": "2026-11-19 00:00",
    "tonight at midnight": "2026-11-19 00:00",
    "friday midnight": "2026-11-21 00:00",
    "eod": "2026-11-18 18:00",
    "cob": "2026-11-18 18:00",
    "close of business friday": "2026-11-20 18:00",
    "by the end of the day": "2026-11-18 18:00",
    "tomorrow eod": "2026-11-19 18:00",
    "下班前": "2026-11-18 18:00",
    "今天下班前": "2026-11-18 18:00",
    "本周五下班前": "2026-11-20 18:00",
}

TIMES = {
    "5pm": "2026-11-18 17:00",
    "5 p.m.": "2026-11-18 17:00",
    "5:30 pm": "2026-11-18 17:30",
    "9am": "2026-11-19 09:00",
    "12pm": "2026-11-18 12:00",
    "12am": "2026-11-19 00:00",
    "17:00": "2026-11-18 17:00",
    "17：30": "2026-11-18 17:30",
    "5:30": "2026-11-19 05:30",
    "24:00": "2026-11-19 00:00",
    "at 17": "2026-11-18 17:00",
    "tomorrow at 17": "2026-11-19 17:00",
    "tomorrow at 0": "2026-11-19 00:00",
    "five o'clock pm": "2026-11-18 17:00",
    "half past five pm": "2026-11-18 17:30",
    "a quarter past 5 pm": "2026-11-18 17:15",
    "half past 17": "2026-11-18 17:30",
    "12 noon": "2026-11-18 12:00",
    "5 in the afternoon": "2026-11-18 17:00",
    "8 tonight": "2026-11-18 20:00",
    "tonight at 8:30": "2026-11-18 20:30",
    "17点": "2026-11-18 17:00",
    "17时30分": "2026-11-18 17:30",
    "20点05": "2026-11-18 20:05",
    "二十点整": "2026-11-18 20:00",
    "零点": "2026-11-19 00:00",
    "下午5点": "2026-11-18 17:00",
    "下午5点半": "2026-11-18 17:30",
    "下午5点一刻": "2026-11-18 17:15",
    "下午5点三刻": "2026-11-18 17:45",
    "下午五点四十五分": "2026-11-18 17:45",
    "下午五点四十五": "2026-11-18 17:45",
    "下午三点零五": "2026-11-18 15:05",
    "下午3:05": "2026-11-18 15:05",
    "晚上8点半": "2026-11-18 20:30",
    "早上九点": "2026-11-19 09:00",
    "凌晨2点": "2026-11-19 02:00",
    "中午11点半": "2026-11-18 11:30",
    "中午12点": "2026-11-18 12:00",
    "中午1点": "2026-11-18 13:00",
    "晚上12点": "2026-11-19 00:00",
    "夜里11点": "2026-11-18 23:00",
    "晚上12点半": "2026-11-19 00:30",
    "明天5pm": "2026-11-19 17:00",
    "明天5点pm": "2026-11-19 17:00",
    "tomorrow 下午5点": "2026-11-19 17:00",
}

WEEKDAYS = {
    "friday": "2026-11-20",
    "Fri": "2026-11-20",
    "tues.": "2026-11-24",
    "周五": "2026-11-20",
    "星期五": "2026-11-20",
    "礼拜五": "2026-11-20",
    "周日": "2026-11-22",
    "星期天": "2026-11-22",
    "wednesday": "2026-11-18",
    "wednesday 9am": "2026-11-25 09:00",
    "this friday": "2026-11-20",
    "这周五": "2026-11-20",
    "这个星期五": "2026-11-20",
    "本周五": "2026-11-20",
    "next friday": "2026-11-27",
    "friday next week": "2026-11-27",
    "next week on friday": "2026-11-27",
    "下周五": "2026-11-27",
    "下周的周五": "2026-11-27",
    "下个礼拜五": "2026-11-27",
    "下下周一": "2026-11-30",
    "周五晚上8点": "2026-11-20 20:00",
    "friday at noon": "2026-11-20 12:00",
    "5pm next friday": "2026-11-27 17:00",
    "周一二十一点半": "2026-11-23 21:30",
    "周一 15点半": "2026-11-23 15:30",
}

CALENDAR = {
    "2026-11-30": "2026-11-30",
    "2026/11/30": "2026-11-30",
    "2026.11.30": "2026-11-30",
    "2026年11月30日": "2026-11-30",
    "二零二六年十一月三十日": "2026-11-30",
    "11月30日": "2026-11-30",
    "11月30号": "2026-11-30",
    "11月30": "2026-11-30",
    "30号": "2026-11-30",
    "三十一号": "2026-12-31",
    "Nov 30": "2026-11-30",
    "Nov. 30": "2026-11-30",
    "30 Nov": "2026-11-30",
    "November 30th, 2026": "2026-11-30",
    "30 November 2026": "2026-11-30",
    "the 30th": "2026-11-30",
    "the thirty-first": "2026-12-31",
    "the 5th": "2026-12-05",
    "the 5th of next month": "2026-12-05",
    "next month on the 5th": "2026-12-05",
    "下个月5号": "2026-12-05",
    "下月15日": "2026-12-15",
    "下下个月5号": "2027-01-05",
    "Nov 17": "2027-11-17",
    "明年3月5日": "2027-03-05",
    "March 5 next year": "2027-03-05",
    "5th of march next year": "2027-03-05",
    "Feb 29": "2028-02-29",
    "11/30": "2026-11-30",
    "30/11": "2026-11-30",
    "3/3": "2027-03-03",
    "30/11/2026": "2026-11-30",
    "Monday, Nov 30": "2026-11-30",
    "11月30日周一": "2026-11-30",
    "Nov 30 5pm": "2026-11-30 17:00",
    "5pm on Nov 30": "2026-11-30 17:00",
    "17:00 30 Nov": "2026-11-30 17:00",
    "11月30日下午3点": "2026-11-30 15:00",
    "11月30日，17:00": "2026-11-30 17:00",
    "2026-11-30 17:00": "2026-11-30 17:00",
    "2026-11-30 17点": "2026-11-30 17:00",
    "2026-11-30T17:00": "2026-11-30 17:00",
    "2026-11-30T17:00+08:00": "2026-11-30 17:00",
    "2026-11-30T17:00:30.5-0500": "2026-12-01 06:00",
    "2026-11-30 17:00:00+09:00": "2026-11-30 16:00",
    "2026-11-30 17:00z": "2026-12-01 01:00",
    "2100-12-31": "2100-12-31",
}

AROUND = {
    "by friday": "2026-11-20",
    "due on friday": "2026-11-20",
    "before 5pm": "2026-11-18 17:00",
    "周五前": "2026-11-20",
    "30号前": "2026-11-30",
    "在周五之前": "2026-11-20",
    "5pm前": "2026-11-18 17:00",
    "tomorrow, 5pm.": "2026-11-19 17:00",
    "  tomorrow\n": "2026-11-19",
    "後天下午三點": "2026-11-20 15:00",
    "週五": "2026-11-20",
    "下個禮拜五": "2026-11-27",
    "兩個半鐘頭後": "2026-11-18 12:30",
    "明 天 下 午 3 点": "2026-11-19 15:00",
}

#: As an input method for Chinese writes digits when it is set to full width.
FULL_WIDTH = str.maketrans({chr(plain): chr(plain + 0xFEE0) for plain in range(0x21, 0x7F)})
AROUND |= {"2026年11月30日\u300017:00".translate(FULL_WIDTH): "2026-11-30 17:00"}

UNDERSTOOD = DAYS | LENGTHS | PARTS_OF_DAY | TIMES | WEEKDAYS | CALENDAR | AROUND

#: Phrases that are refused, one a row, under the reason.
REFUSED = {
    "unknown": """
        soon | asap | later | someday | a while | now | 尽快 | 过几天 | 改天 | 现在
        by | 前 | 的 | , | ...
        tomorrow please | friday at | friday and 5pm | 2h and | on by at due tomorrow
        下班后 | 明天的
        friday friday | 5pm 6pm | noon noon | 3 2 | friday tomorrow | 周五 周五 11月30日 周五
        3 business days | 3个工作日 | 半天 | 一个半月 | 1.5d | 0.5天 | half a day | -3d | 30m 1h
        two hours a day | in two hours at 5pm | 两小时后下午 | ½h | first
        13pm | 0am | 00:30 am | 25:00 | 8:75 | 24:01 | 24点半 | 25点 | 五五点 | 20点3 | Nov 5pm
        下午0点 | 上午15点 | 中午5点 | tomorrow morning at 5pm | tonight 5am
        17:00Z | friday 17:00+08:00 | 2026-11-30 afternoon 17:00+08:00
        2026-11-30T25:00Z | 2026-11-30T17:00+15:00 | 2026-11-30T17:00+08:60 | 2026/11-30
        2026-11-30 09:00-10:00 | 9:00-10:00 | 2026-11-30T5pm | 2026-11-30T
        2026-02-30 | 2027-02-29 | Feb 30 | 2月30日 | 13月5日 | 13月底 | 32号 | 0号 | 2/30
    """,
    "ambiguous": """
        1 | 12 | 2026 | 1.5 | in 3 | by 5 | tomorrow 17 | tonight 8 | friday 17
        at 5 | 5点 | 5点半 | 五点四十五分 | half past five | 夜里2点 | tonight at 1am | 凌晨
        weekend | the weekend | this weekend | 周末 | 本周末前 | next week | next week 5pm
        下周 | this week
        next month | 下个月 | November 2026 | 11月 | 2026年11月 | 2026年 | next year | 明年
        3/4 | 3/4/2027 | Friday, Nov 30
    """,
    "past": """
        0m | 0天 | 0.0h | 2 days ago | an hour ago | 1h 30m ago | 3天前 | 三天之前 | 半小时前
        yesterday | 昨天 | 前天 | 昨晚 | 昨天5点 | 今早 | today 9am | this monday | 本周一
        last friday | 上周五 | last week | 上个月5号 | 去年 | 去年11月30日
        2026-11-17 | 2026-01-01 | 2026-11-18T09:00+08:00
    """,
    "range": """
        1799-01-01 | 1799年11月30日 | 2101-01-01 | 99999年1月1日 | 26年11月30日
        80年后 | 99999999h | 99999999999d | 999999999999999999999999999999 months
    """,
}


@pytest.mark.parametrize(("text", "wall"), UNDERSTOOD.items(), ids=UNDERSTOOD)
def test_a_phrase_is_understood(text: str, wall: str) -> None:
    assert local(text) == wall


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (text.strip(), why)
        for why, rows in REFUSED.items()
        for row in rows.strip().splitlines()
        for text in row.split(" | ")
    ],
)
def test_a_phrase_is_refused_for_the_right_reason(text: str, why: str) -> None:
    assert reason(text) == why


@pytest.mark.parametrize("text", ["", "  \n\u3000"])
def test_nothing_is_empty(text: str) -> None:
    assert reason(text) == "empty"


def test_a_text_of_a_hundred_characters_is_read_and_a_longer_one_is_not() -> None:
    assert local("tomorrow".ljust(100)) == "2026-11-19"
    assert reason("tomorrow".ljust(101)) == "unknown"


def test_a_time_rolls_to_tomorrow_and_a_date_does_not() -> None:
    evening = at(2026, 11, 18, 21)
    assert local("17:00", evening) == "2026-11-19 17:00"
    assert local("eod", evening) == "2026-11-19 18:00"
    assert reason("today", evening) == "past"
    assert reason("tonight", evening) == "past"


def test_the_instant_itself_is_past() -> None:
    assert local("10:00") == "2026-11-19 10:00"
    assert reason("today 10:00") == "past"


def test_a_weekday_counts_today_while_it_is_ahead() -> None:
    assert local("friday", at(2026, 11, 20, 17, 59)) == "2026-11-20"
    assert local("friday", at(2026, 11, 20, 18)) == "2026-11-27"
    assert reason("this friday", at(2026, 11, 21)) == "past"
    assert reason("eow", at(2026, 11, 21)) == "past"
    assert local("next friday", at(2026, 11, 22)) == "2026-11-27"


def test_a_month_later_is_clipped() -> None:
    assert local("in 1 month", at(2027, 1, 31)) == "2027-02-28"
    assert local("一年后", at(2028, 2, 29)) == "2029-02-28"


def test_a_day_without_a_month_skips_months_that_have_none() -> None:
    assert local("31号", at(2027, 1, 31, 19)) == "2027-03-31"
    assert local("the 30th", at(2027, 1, 30, 19)) == "2027-03-30"
    assert reason("31st of next month", at(2027, 1, 5)) == "unknown"


def test_a_leap_day_waits_for_a_leap_year() -> None:
    assert local("Feb 29", at(2028, 2, 29, 12)) == "2028-02-29"
    assert local("2月29日", at(2028, 2, 29, 19)) == "2032-02-29"
    assert reason("Feb 29", at(2096, 3, 1)) == "range"


def test_the_calendar_ends_with_2100() -> None:
    assert reason("2 days", at(2100, 12, 30)) == "range"
    assert reason("30 hours", at(2100, 12, 30, 23)) == "range"
    assert reason("Nov 30", at(2100, 12, 1)) == "range"
    assert reason("tomorrow", at(1999, 6, 1)) == "range"


def test_hours_are_exact_and_days_are_of_the_calendar() -> None:
    before = datetime(2026, 10, 31, 12, 0, 30, 5, tzinfo=NEW_YORK)
    assert local("24 hours", before) == "2026-11-01 11:00"
    assert local("1 day", before) == "2026-11-01"
    assert local("1 day 1 hour", before) == "2026-11-01 13:00"
    moment = parse_when("30m", now=before, zone=NEW_YORK)
    assert moment.at - before.astimezone(UTC) == timedelta(minutes=30)


def test_a_time_that_the_clock_skips_is_the_first_after_the_gap() -> None:
    winter = datetime(2027, 3, 13, 12, tzinfo=NEW_YORK)
    assert local("tomorrow 2:30 am", winter) == "2027-03-14 03:00"
    moment = parse_when("1 day 14 hours", now=winter.replace(hour=2, minute=30), zone=NEW_YORK)
    assert moment.at == datetime(2027, 3, 14, 7, tzinfo=UTC) + timedelta(hours=14)
    samoa = ZoneInfo("Pacific/Apia")  # which had no 30 December 2011 at all
    assert local("tomorrow 12:00", datetime(2011, 12, 29, 9, tzinfo=samoa)) == "2011-12-31 00:00"


def test_a_time_that_comes_twice_is_the_first() -> None:
    summer = datetime(2026, 10, 31, 12, tzinfo=NEW_YORK)
    moment = parse_when("tomorrow 1:30 am", now=summer, zone=NEW_YORK)
    assert moment.at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_now_may_be_told_in_another_zone_than_the_person_is_in() -> None:
    moment = parse_when("today", now=datetime(2026, 11, 17, 17, tzinfo=UTC), zone=SHANGHAI)
    assert moment == Moment(datetime(2026, 11, 18, 10, tzinfo=UTC), has_time=False)


@pytest.mark.parametrize(
    ("text", "wall", "used"),
    [
        ("tomorrow 5pm rest of the text", "2026-11-19 17:00", 2),
        ("in 3 days", "2026-11-21", 3),
        ("tomorrow, ask Li", "2026-11-19", 1),
        ("明天下午 5点 3 台机器", "2026-11-19 17:00", 2),
        ("tomorrow 17 hosts are down", "2026-11-19", 1),
        ("friday second try", "2026-11-20", 1),
        ("friday may be too late", "2026-11-20", 1),
        ("2h and then some", "2026-11-18 12:00", 1),
        ("2h a day late", "2026-11-18 12:00", 1),
        ("at 5 in the afternoon on the thirtieth", "2026-11-30 17:00", 8),
        ("at 5 pm on the 30th of november 2027", "2026-11-30 17:00", 8),
    ],
)
def test_the_longest_run_of_words_is_taken(text: str, wall: str, used: int) -> None:
    words = text.split()
    moment, taken = longest_when(words, now=NOW, zone=SHANGHAI)
    assert taken == used
    assert local(" ".join(words[:used])) == wall
    assert moment == parse_when(" ".join(words[:used]), now=NOW, zone=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("whenever you like", "unknown"),
        ("5 apples", "ambiguous"),
        ("next week or so", "ambiguous"),
        ("tomorrow at 5 the usual", "ambiguous"),
        ("yesterday at the latest", "past"),
        ("2 days ago it broke", "past"),
        ("today 9 am stand-up", "past"),
        ("1799-01-01 was long ago", "range"),
    ],
)
def test_a_run_of_words_that_is_understood_and_refused_is_not_cut_shorter(
    text: str, why: str
) -> None:
    with pytest.raises(Unclear) as caught:
        longest_when(text.split(), now=NOW, zone=SHANGHAI)
    assert caught.value.reason == why


def test_empty_words_do_not_hide_the_reason() -> None:
    with pytest.raises(Unclear) as caught:
        longest_when(["", "", "soon"], now=NOW, zone=SHANGHAI)
    assert caught.value.reason == "unknown"


def test_unclear_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(Unclear("past")))  # noqa: S301  our own bytes
    assert (copy.reason, str(copy)) == ("past", "past")


# ── Whatever is typed ────────────────────────────────────────────────────────────────────────────


def understood_or_refused(text: str, now: datetime, zone: ZoneInfo) -> None:
    try:
        moment = parse_when(text, now=now, zone=zone)
    except Unclear:
        return
    assert moment.at > now
    assert moment.at.tzinfo is UTC


#: Any instant, the ends of the calendar too, in zones of every kind.
NOWS = st.datetimes(timezones=st.just(UTC))
ZONES = st.sampled_from(
    ["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
).map(ZoneInfo)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=120)
WORDS = st.sampled_from(
    sorted(
        {word for text in UNDERSTOOD for word in text.lower().split()}
        | set("年月日点分半个周下前后0123456789./:+-")
    )
)
#: Phrases of known words in any order, glued or spaced.
PHRASES = st.lists(st.tuples(WORDS, st.sampled_from(["", " "])), max_size=9).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@given(text=ANY_TEXT, now=NOWS, zone=ZONES)
def test_any_text_is_understood_or_refused(text: str, now: datetime, zone: ZoneInfo) -> None:
    understood_or_refused(text, now, zone)


@given(text=PHRASES, now=NOWS, zone=ZONES)
def test_any_words_are_understood_or_refused(text: str, now: datetime, zone: ZoneInfo) -> None:
    understood_or_refused(text, now, zone)


@given(text=st.sampled_from(sorted(UNDERSTOOD)), now=NOWS, zone=ZONES)
def test_any_phrase_at_any_time_is_ahead_or_refused(
    text: str, now: datetime, zone: ZoneInfo
) -> None:
    understood_or_refused(text, now, zone)


@given(words=st.lists(WORDS, max_size=12), now=NOWS, zone=ZONES)
def test_the_longest_run_parses_alone(words: list[str], now: datetime, zone: ZoneInfo) -> None:
    try:
        moment, used = longest_when(words, now=now, zone=zone)
    except Unclear:
        return
    assert 1 <= used <= min(len(words), 8)
    assert parse_when(" ".join(words[:used]), now=now, zone=zone) == moment


@pytest.mark.parametrize("size", [101, 1_000_000])
@pytest.mark.parametrize(
    "piece",
    ["a", "9", "十", " 1", "下", "tomorrow ", "\0", "\ud800", "\u202e", "\ufdfa", "1.", "0:"],
)
def test_a_long_text_is_refused_at_once(piece: str, size: int) -> None:
    started = time.perf_counter()
    assert reason(piece * (size // len(piece.strip() or piece)) + "x") == "unknown"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "piece", ["9", "1.", "0:", "下", "十", "周", "in ", "1 ", "\ufdfa", "1/", "⒈", "前"]
)
def test_the_longest_text_that_is_read_is_read_at_once(piece: str) -> None:
    started = time.perf_counter()
    reason((piece * 100)[:100])
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "text", ["tomorrow\0", "\ud83d tomorrow", "\u202eمَوعِد", "٣ days", "\u200b"]
)
def test_strange_characters_are_not_understood(text: str) -> None:
    assert reason(text) == "unknown"
