"""A room that writes down what happens in it, as records: see `make.py`."""

import base64
import hashlib
import json
import random
import re
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).parent


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).digest()


class Room:
    """One room with its people, and the clock of the scene. Every scene is the same each time it is made."""

    def __init__(self, name, start="2026-03-02T18:00:00+00:00", room="garden@chat.example", scene=None):
        self.name = room
        self.dice = random.Random(name)
        self.ms = int(datetime.fromisoformat(start).timestamp() * 1000)
        self.here = {}
        self.records = scene.records if scene else []
        self.n = 0

    def wait(self, seconds):
        self.ms += int(seconds * 1000)

    def record(self, kind, nick=None, **more):
        self.n += 1
        stamp = datetime.fromtimestamp(self.ms / 1000, timezone.utc)
        at = stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.ms % 1000:03}Z"
        record = {"at": at, "room": self.name, "seq": self.n, "kind": kind}
        if nick is not None:
            person = self.here.get(nick, {})
            record |= {"nick": nick} | {key: value for key, value in person.items() if key != "more"}
        self.records.append(record | more)
        return record

    def enter(self, nick, jid=None, affiliation="none", role=None, **more):
        """Takes someone as being here, without a record of it."""
        jid = jid or local(nick) + "@people.example"
        role = role or {"owner": "moderator", "admin": "moderator"}.get(affiliation, "participant")
        occupant = base64.b64encode(digest(self.name, jid)[:12]).decode()
        self.here[nick] = {"jid": jid, "occupant_id": occupant, "role": role, "affiliation": affiliation, "more": more}

    def join(self, nick, jid=None, affiliation="none", role=None, **more):
        self.enter(nick, jid, affiliation, role, **more)
        caps = "https://client.example#" + base64.b64encode(digest(self.here[nick]["jid"], "caps")[:1] * 9).decode()
        self.record("join", nick, **({"show": "online", "caps": caps} | more))

    def leave(self, nick, cause="left", **more):
        self.record("leave", nick, cause=cause, **more)
        self.here.pop(nick)

    def say(self, nick, body, kind="message", **more):
        n = str(self.n + 1)
        ids = {"id": digest(self.name, nick, n).hex()[:16], "stanza_id": str(10_000 + self.n)}
        self.record(kind, nick, **ids, body=body, **more)
        return ids["id"]

    def react(self, nick, target, *emojis, **more):
        self.record("reaction", nick, replaces=target, reactions=list(emojis), **more)

    def edit(self, nick, target, body, **more):
        return self.say(nick, body, kind="correction", replaces=target, **more)

    def nick(self, old, new, **more):
        self.record("nick", old, new_nick=new, **more)
        self.here[new] = self.here.pop(old)

    def status(self, nick, text=None, show="online", **more):
        text = {"status": text} if text else {}
        self.record("presence", nick, show=show, **text, **more)

    def role(self, nick, role, actor):
        self.here[nick]["role"] = role
        self.record("role", nick, actor=actor)

    def type(self, nick, body, last=None, **more):
        """Says it after the time that reading and typing take."""
        chars = min(len(body), 160)
        pace = self.dice.uniform(4.5, 8.0)
        think = self.dice.uniform(0.8, 2.0) if nick == last else self.dice.uniform(0.6, 6.0)
        self.wait(think + (chars / pace if "\n" not in body else self.dice.uniform(3, 9)))
        return self.say(nick, body, **more)


def local(nick):
    """The part before the @: what fits of the nick, made plain."""
    plain = re.sub(r"[^a-z0-9._-]", "", nick.lower())
    return plain or "u" + digest(nick).hex()[:8]


def write(folder, name, what, room, **head):
    """Writes the scene: its head, then its records in order of time."""
    head = {"scene": name, "what": what} | head
    lines = [head] + sorted(room.records, key=lambda it: it["at"])
    text = "".join(json.dumps(it, ensure_ascii=False, separators=(",", ":")) + "\n" for it in lines)
    (HERE / folder / f"{name}.jsonl").write_text(text)


def sections(file):
    """The conversations of a file in `talk`: name, nicks by letter, lines as (letter, text, pause)."""
    found, nicks, lines = [], {}, []
    for row in (HERE / "talk" / file).read_text().splitlines():
        if row.startswith("== "):
            name, people = row[3:].split(" | ")
            nicks = dict(it.split("=") for it in people.split())
            lines = []
            found.append((name, nicks, lines))
        elif row and not row.startswith("# "):
            pause = re.match(r"\((\d+)\) ", row)
            row = row[pause.end():] if pause else row
            letter, text = row.split(": ", 1)
            lines.append((letter, text.replace("\\n", "\n"), int(pause[1]) if pause else 0))
    return found


def converse(room, nicks, lines):
    """Plays a conversation that was written down."""
    last = None
    for letter, text, pause in lines:
        room.wait(pause)
        room.type(nicks[letter], text, last)
        last = nicks[letter]


class Chatter:
    """Talk put together from banks: topics come and go, hardly anything is said twice."""

    def __init__(self, room, topics, short, people, lines=()):
        self.room, self.topics, self.short, self.people = room, topics, short, people
        self.lines, self.next_line = lines, room.dice.randrange(len(lines)) if lines else 0
        self.said, self.last, self.topic = set(), None, None

    def run(self, n, tempo=1.0):
        dice = self.room.dice
        while 0 < n:
            self.topic = dice.choice([it for it in self.topics if it != self.topic or len(self.topics) == 1])
            who = dice.sample(self.people, min(len(self.people), dice.randint(3, 5)))
            self.speak(dice.choice(who), "open", tempo)
            for _ in range(min(n - 1, dice.randint(8, 18))):
                n -= 1
                self.speak(dice.choice(who), dice.choices(["say", "ask", "back", "short"], [5, 2, 3, 4])[0], tempo)
            for _ in range(min(n - 1, dice.randint(6, 16)) if self.lines else 0):
                n -= 1
                self.speak(dice.choice([it for it in who if it != self.last]), "line", tempo)
            n -= 1
            self.room.wait(dice.uniform(20, 400) * tempo)

    def speak(self, nick, form, tempo):
        dice = self.room.dice
        if form == "line":
            # Small talk goes on where it stopped, and comes round again hours later, in another's mouth.
            text = self.lines[self.next_line % len(self.lines)]
            self.next_line += 1
        else:
            text = dice.choice(self.short) if form == "short" else self.sentence(form)
        if form not in ("short", "line") and self.last not in (None, nick) and dice.random() < 0.12:
            text = f"{self.last}: {text}"
        if form == "say" and dice.random() < 0.03:
            text += f", see https://wiki.example/{dice.choice('abcdefgh')}{dice.randint(10, 99)}"
        self.room.wait(dice.uniform(0, 4) * tempo)
        self.room.type(nick, text, self.last)
        self.last = nick

    def sentence(self, form):
        bank, dice = self.topics[self.topic], self.room.dice
        for _ in range(40):
            text = dice.choice(bank[form].split("|"))
            for slot in ("thing", "trouble", "when"):
                text = text.replace("{" + slot + "}", dice.choice(bank[slot].split("|")))
            if text not in self.said:
                self.said.add(text)
                return text
        return dice.choice(self.short)
