"""Ordinary life: nobody in these scenes is to be touched, and no notice to be given. See `make.py`."""

import sys

from kit import HERE, Chatter, Room, converse, digest, sections, write

sys.path.insert(0, str(HERE / "talk"))
from banks import KORT, LINES, SADY, SHORT, STROKI, TOPICS  # noqa: E402

ENGLISH = """anton birgit carlos dagny edith farid gerda hugo ilse jonna kaspar ludmila matti nadia orhan priya quint rosa
sven tilda ulf vanda wanda xenia yannis zita abel brina cyril dora emil flora gustav hanna igor jette kalle lena
milo nele otis petra rafa selma timo ursel viggo willa yuki zeno""".split()
RUSSIAN = "Марина тимофей Олег ksu Лёша Ната дед_Пихто Зина".split()


def quiet(name, what, room, **more):
    write("quiet", name, what, room, reached=0, preset="public", spam=[], **more)


def gather(room, nicks, spread=60, **more):
    """They come in over some time."""
    for nick in nicks:
        room.join(nick, **more)
        room.wait(room.dice.uniform(2, spread))


def talks():
    for file in ("languages.txt", "rooms.txt"):
        for name, nicks, lines in sections(file):
            room = Room(name)
            if name != "many-new":
                gather(room, nicks.values())
                room.wait(90)
            converse(room, nicks, lines)
            quiet(f"talk-{name}", f"a conversation: {name}", room)


def evenings():
    for number, topic in enumerate(TOPICS):
        room = Room(f"evening-{topic}")
        people = ENGLISH[number * 7:number * 7 + 7]
        gather(room, people)
        Chatter(room, {topic: TOPICS[topic]}, SHORT, people, LINES).run(330)
        quiet(f"evening-{topic}", f"an evening about {topic}", room)
    for topic in SADY:
        room = Room(f"vecher-{topic}")
        gather(room, RUSSIAN)
        Chatter(room, {topic: SADY[topic]}, KORT, RUSSIAN, STROKI).run(260)
        quiet(f"evening-ru-{'dacha' if topic == 'дача' else 'tech'}", "an evening in Russian", room)


def days():
    room = Room("two-days")
    people = ENGLISH[:18]
    for day in range(2):
        for nick in people:
            room.enter(nick)
        Chatter(room, TOPICS, SHORT, people, LINES).run(900, tempo=1.6)
        room.wait(6 * 3600)
    quiet("two-days-no-joins", "two days of a room in which nobody is affiliated and nobody was seen coming in", room)

    room = Room("brisk")
    people = ENGLISH[20:32]
    gather(room, people, 20)
    Chatter(room, TOPICS, SHORT, people, LINES).run(700, tempo=0.25)
    quiet("brisk-dozen", "twelve people who talk fast, all new to the bot", room)

    room = Room("duo")
    gather(room, ["ivo", "jana"], 20)
    Chatter(room, TOPICS, SHORT, ["ivo", "jana"], LINES).run(220, tempo=0.1)
    quiet("duo-at-night", "two people late at night, line by line", room)


def encrypted():
    room = Room("encrypted")
    people = ENGLISH[5:10]
    gather(room, people)
    note = "I sent you an OMEMO encrypted message but your client doesn't seem to support that."
    for _ in range(160):
        room.wait(room.dice.choice([2.2, 3, 4, 6, 9, 15, 40]))
        room.say(room.dice.choice(people), note, encrypted="urn:xmpp:omemo:2")
    quiet("encrypted-room", "a room whose talk is encrypted: everybody says the same note", room)


def reactions():
    room = Room("reactions")
    people = ENGLISH[10:20]
    gather(room, people, 20)
    chatter = Chatter(room, TOPICS, SHORT, people, LINES)
    for _ in range(12):
        chatter.run(8)
        target = room.say(room.dice.choice(people), chatter.sentence("say"))
        for nick in room.dice.sample(people, 7):
            room.wait(room.dice.uniform(0.3, 4))
            room.react(nick, target, room.dice.choice("👍😂❤🎉😮"))
    late = room.records[-60:]
    for record in [it for it in late if it["kind"] == "message"][:7]:
        room.wait(room.dice.uniform(2.5, 5))
        room.react("timo" if "timo" in people else people[0], record["id"], "👍")
    quiet("reaction-threads", "threads of reactions, and someone who catches up with them", room)


def replies():
    room = Room("replies")
    people = ENGLISH[15:21]
    gather(room, people, 20)
    chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    chatter.run(10)
    for _ in range(90):
        old = room.dice.choice([it for it in room.records[-8:] if it["kind"] == "message"])
        nick = room.dice.choice(people)
        quote = "\n".join("> " + row for row in old["body"].splitlines() if not row.startswith(">"))
        chatter.topic = "servers"
        text = chatter.sentence(room.dice.choice(["say", "ask", "back"]))
        room.wait(room.dice.uniform(4, 20))
        room.say(nick, f"{quote}\n{text}", reply_to=old["stanza_id"])
    quiet("reply-chains", "a long chain of replies, each with a quote of what it answers", room)


    room = Room("answered-advert")
    people = ENGLISH[21:27]
    gather(room, people, 20)
    chatter = Chatter(room, {"films": TOPICS["films"]}, SHORT, people)
    chatter.run(12)
    room.join("keeper", affiliation="owner")
    room.wait(30)
    said = {}
    for nick, text in [("keeper", "the fair is on again: https://fair.example/2026 and it is FREE!!!"),
                       (people[0], "my pictures of last year are at https://people.example/album")]:
        room.type(nick, text)
        said[nick] = room.records[-1]
    for number, nick in enumerate(["visitor_una", "visitor_vic", "visitor_wes"]):
        room.join(nick)
        room.wait(20)
        for old, text in [("keeper", "is there a bus?"), (people[0], "lovely!"), ("keeper", ["oh well", "great", "thanks"][number])]:
            head = "".join(f"> {row}\n" for row in said[old]["body"].splitlines())
            if number == 1:
                head = f"> {old} said:\n{head}"
            room.type(nick, head + text, reply_to=said[old]["stanza_id"], fallback=[0, len(head)])
            room.wait(15)
            chatter.run(1)
    for number in range(30):
        old = room.dice.choice([it for it in room.records[-9:] if it["kind"] == "message"])
        own = "\n".join(row for row in old["body"].splitlines() if not row.startswith(">"))
        head = "".join(f"> {row}\n" for row in own.splitlines())
        nick = room.dice.choice([it for it in people if it != old["nick"]])
        chatter.topic = "films"
        room.type(nick, head + chatter.sentence("back"), reply_to=old["stanza_id"], fallback=[0, len(head)])
    quiet("replies-to-links", "newcomers answer what others gave links in, and each answer quotes the link", room)


def netsplits():
    room = Room("netsplit", start="2026-03-01T18:00:00+00:00")
    people = ENGLISH[:50]
    gather(room, people, 4)
    chatter = Chatter(room, TOPICS, SHORT, people, LINES)
    chatter.run(260, tempo=0.5)
    room.wait(3 * 3600)
    for cause in ("lost", "shutdown"):
        chatter.run(40)
        gone = [(nick, room.here[nick]["jid"]) for nick in people]
        for nick, _ in gone:
            room.leave(nick, cause)
            room.wait(0.02)
        room.wait(45)
        for nick, jid in gone:
            room.join(nick, jid)
            room.wait(room.dice.uniform(0.05, 0.6))
        for nick in room.dice.sample(people, 9):
            room.type(nick, room.dice.choice(["wb all", "re", "netsplit?", "and we are back", "what was that", "wb", "hello again"]))
        chatter.run(30)
    quiet("netsplit-of-fifty", "fifty known people are lost at once and come back, twice", room)

    room = Room("split-service")
    people = [f"{nick}_" for nick in ENGLISH[:30]]
    for nick in people:
        room.join(nick, nick[:-1] + "@far.example")
        room.wait(room.dice.uniform(1, 8))
    room.wait(120)
    for nick in people:
        room.leave(nick, "lost")
    room.wait(20)
    for nick in people:
        room.join(nick, nick[:-1] + "@far.example")
        room.wait(0.1)
    Chatter(room, TOPICS, SHORT, people).run(60)
    quiet("netsplit-of-silent", "thirty people of one server who never spoke are lost and come back", room)


def crowds():
    room = Room("conference")
    people = ENGLISH[:44]
    hello = ["hello!", "Hello everyone!", "hi all", "hello", "good morning", "hi", "greetings from Lund", "hello everybody"]
    for nick in people:
        room.join(nick, f"{nick}@{room.dice.choice(['uni', 'mail', 'people', 'chat', 'home'])}.example")
        room.wait(room.dice.uniform(1.5, 9))
        if room.dice.random() < 0.7:
            room.say(nick, room.dice.choice(hello))
    Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people).run(80, tempo=0.5)
    for nick in people[:20]:
        room.wait(room.dice.uniform(0.2, 1.5))
        room.say(nick, room.dice.choice(["👏👏👏", "👏", "thank you!", "Thank you!", "thanks, great talk", "👏👏👏👏👏"]))
    quiet("conference-crowd", "people come to a conference, say hello, talk, clap", room)

    room = Room("new-year", start="2025-12-31T23:40:00+00:00")
    people = ENGLISH[4:24]
    gather(room, people, 8)
    chatter = Chatter(room, {"cooking": TOPICS["cooking"], "films": TOPICS["films"]}, SHORT, people)
    chatter.run(90, tempo=0.6)
    for number in range(10, 0, -1):
        room.wait(1)
        room.say(people[0] if number % 2 else people[3], str(number))
    for nick in people:
        room.wait(room.dice.uniform(0.1, 0.9))
        room.say(nick, room.dice.choice(["Happy new year!", "happy new year!!!", "HAPPY NEW YEAR", "🎆🎆🎆", "Happy new year everybody!"]))
    chatter.run(40)
    quiet("new-year", "a countdown, and everybody says the same at midnight", room)

    room = Room("match")
    people = ENGLISH[24:36]
    gather(room, people, 10)
    chatter = Chatter(room, {"trains": TOPICS["trains"], "films": TOPICS["films"]}, SHORT, people)
    for _ in range(4):
        chatter.run(18, tempo=0.4)
        for nick in room.dice.sample(people, 9):
            room.wait(room.dice.uniform(0.2, 1.2))
            room.say(nick, room.dice.choice(["GOOOOAL", "goal!!!", "YES", "yesss", "what a shot", "GOAL", "noooo", "unbelievable"]))
    quiet("football-match", "a match: everybody shouts at once, four times", room)

    room = Room("stream")
    shouts = ["WE ARE BACK", "here we go", "finally", "IT BEGINS", "oh no", "LOUDER", "what a hat", "nice hat", "THE HAT", "oof",
              "is that a new lamp?", "lamp", "LAMP", "more lamp please", "who painted the wall?", "turn it round", "no way",
              "volume!", "it is fine here", "can you hear the kettle", "KETTLE", "yikes", "never change", "how is the cat?"]
    crowd = [f"{nick}{number}" for number in range(3) for nick in ENGLISH[:48]]
    here = []
    for nick in crowd:
        room.join(nick)
        room.wait(room.dice.uniform(0.2, 0.7))
        here.append(nick)
        room.say(nick, room.dice.choice(shouts))
        if room.dice.random() < 0.6:
            room.wait(room.dice.uniform(0.2, 0.9))
            room.say(room.dice.choice(here[-40:]), room.dice.choice(shouts) + room.dice.choice(["", "", "!", "?", " haha"]))
    for _ in range(40):
        room.wait(room.dice.uniform(0.5, 4))
        room.say(room.dice.choice(crowd), room.dice.choice(shouts))
    quiet("stream-begins", "a stream begins, and all who come to watch shout at once, for minutes", room)


def bridges():
    room = Room("bridge")
    puppets = [f"{nick}[i]" for nick in ENGLISH[:26]]
    gather(room, ENGLISH[40:44], 15)
    Chatter(room, TOPICS, SHORT, ENGLISH[40:44]).run(30)
    for nick in puppets:
        room.join(nick, f"puppet-{nick[:-3]}@irc.bridge.example")
        room.wait(0.15)
    Chatter(room, TOPICS, SHORT, puppets + ENGLISH[40:44]).run(140, tempo=0.5)
    quiet("bridge-with-puppets", "a bridge comes up with a nick for each of its people", room)

    room = Room("relay")
    gather(room, ["relay"] + ENGLISH[44:48], 15)
    names = ENGLISH[:9]
    chatter = Chatter(room, TOPICS, SHORT, names)
    for _ in range(140):
        form = room.dice.choices(["say", "ask", "back", "short"], [5, 2, 3, 4])[0]
        chatter.topic = chatter.topic or "films"
        text = room.dice.choice(SHORT) if form == "short" else chatter.sentence(form)
        room.wait(room.dice.uniform(3, 14))
        room.say("relay", f"<{room.dice.choice(names)}> {text}")
    quiet("relay-of-many", "one bridge account says what nine people say elsewhere", room)


def phones():
    room = Room("phones")
    people = ENGLISH[30:36]
    gather(room, people, 15)
    chatter = Chatter(room, TOPICS, SHORT, people, LINES)
    for _ in range(14):
        chatter.run(9)
        for nick in room.dice.sample(people, 3):
            for _ in range(room.dice.randint(1, 3)):
                jid = room.here[nick]["jid"]
                room.leave(nick, "lost")
                room.wait(room.dice.uniform(4, 40))
                room.join(nick, jid)
                room.wait(room.dice.uniform(15, 60))
    quiet("phones-coming-and-going", "six people on poor connections, forever coming back", room)

    room = Room("office")
    people = ENGLISH[36:44]
    gather(room, people, 15)
    chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    for _ in range(16):
        chatter.run(6)
        for nick in room.dice.sample(people, 3):
            room.wait(room.dice.uniform(5, 30))
            room.status(nick, room.dice.choice(["in a meeting", "lunch", "back at two", None, "focus", "☕"]),
                        room.dice.choice(["away", "online", "dnd", "xa"]))
    old = people[0]
    room.nick(old, f"{old}|away")
    room.wait(300)
    room.nick(f"{old}|away", old)
    quiet("office-presence", "an office: meetings, lunch, statuses, a nick for being away", room)


def mistakes():
    room = Room("typos")
    people = ENGLISH[12:17]
    gather(room, people, 15)
    chatter = Chatter(room, TOPICS, SHORT, people, LINES)
    chatter.run(6)
    for _ in range(45):
        chatter.topic = room.dice.choice(list(TOPICS))
        nick = room.dice.choice(people)
        text = chatter.sentence("say")
        at = room.dice.randrange(1, len(text) - 1)
        target = room.type(nick, text[:at] + text[at + 1:])
        room.wait(room.dice.uniform(3, 9))
        room.edit(nick, target, text)
        if room.dice.random() < 0.2:
            room.wait(3)
            room.edit(nick, target, text + ", I mean")
    quiet("typos-corrected", "people who correct themselves all the time", room)

    room = Room("cat")
    gather(room, ["mara", "felix"], 15)
    Chatter(room, TOPICS, SHORT, ["mara", "felix"]).run(12)
    for text in ["gggggggggggggggggggggggggggggggggggggggggg", "sorry, the cat", "öööööööööööööööööööö-----", "and again. she is off the desk now"]:
        room.type("mara", text)
    Chatter(room, TOPICS, SHORT, ["mara", "felix"]).run(12)
    quiet("cat-on-keyboard", "a cat walks over a keyboard", room)


def bots():
    room = Room("bots")
    gather(room, ["helper"] + ENGLISH[44:49], 12)
    towns = ["oslo", "turku", "graz", "porto", "split", "bergen", "lviv", "brno", "ghent", "tartu", "izmir", "cork"]
    chatter = Chatter(room, {"garden": TOPICS["garden"]}, SHORT, ENGLISH[44:49])
    for town in towns:
        chatter.run(4)
        nick = room.dice.choice(ENGLISH[44:49])
        room.type(nick, f"!weather {town}")
        room.wait(0.4)
        degrees = room.dice.randint(-5, 24)
        room.say("helper", f"{nick}: {town.title()}: {degrees} °C, wind {room.dice.randint(1, 14)} m/s, "
                           f"{room.dice.choice(['rain', 'sun', 'clouds', 'snow'])}\ntomorrow: {degrees + 2} °C")
    room.type(ENGLISH[44], "!help")
    room.wait(0.3)
    room.say("helper", "!weather TOWN, !time TOWN, !roll NdM, !define WORD, !remind WHEN WHAT\nmore: https://helper.example/commands")
    for roll in range(6):
        room.wait(room.dice.uniform(2, 4))
        room.say(ENGLISH[45 + roll % 3], f"!roll {roll + 1}d6")
        room.wait(0.3)
        room.say("helper", f"rolled {[room.dice.randint(1, 6) for _ in range(roll + 1)]}")
    quiet("bots-answering", "a bot that is nobody's member answers commands", room)

    room = Room("plan")
    room.join("plan_bot", "bot@cup.example")
    room.wait(40)
    chatter = Chatter(room, {"trains": TOPICS["trains"]}, SHORT, ENGLISH[30:34])
    gather(room, ENGLISH[30:34], 12)
    for number, command in enumerate(["!plan", "!plan", "!plans", "!PLAN", "!plan"]):
        nick = f"visitor_{ENGLISH[number]}"
        room.join(nick)
        room.wait(room.dice.uniform(8, 30))
        room.say(nick, command)
        room.wait(room.dice.uniform(0.3, 1.5))
        room.say("plan_bot", "https://cup.example/2026/plan/rounds")
        chatter.run(2)
        if number % 2:
            room.say("plan_bot", f"Our other halls: https://hall{number}.example/today")
        room.wait(room.dice.uniform(30, 160))
    quiet("bot-hands-out-page", "a bot gives one page to each who asks for it, and asking is the first thing they say", room)

    room = Room("tries")
    gather(room, ENGLISH[12:15] + ["calc"], 12)
    nick = ENGLISH[13]
    Chatter(room, {"servers": TOPICS["servers"]}, SHORT, ENGLISH[12:15]).run(5)
    for text, answer in [(".calc sum of (1..40) by odd", "error: what is 'by'?"), (".calc sum of (1..40) if odd:", None),
                         (".calc sum of (1..40), if odd", "error: a sum has no comma"), (".calc sum of (1..40) if odd", "400")]:
        room.wait(room.dice.uniform(5, 8))
        room.say(nick, text)
        if answer:
            room.wait(0.6)
            room.say("calc", answer)
    Chatter(room, {"servers": TOPICS["servers"]}, SHORT, ENGLISH[12:15]).run(4)
    quiet("tries-a-command", "someone mistypes what they want of a bot, and tries until it is right", room)


def pictures():
    room = Room("pictures")
    people = ENGLISH[20:25]
    gather(room, people, 15)
    chatter = Chatter(room, TOPICS, SHORT, people, LINES)
    chatter.run(16)
    room.wait(700)
    room.type(people[1], "photos from the lake:")
    for number in range(4):
        room.wait(room.dice.uniform(5, 8))
        url = f"https://upload.people.example/{digest(str(number)).hex()[:20]}/lake{number}.jpg"
        room.say(people[1], url, oob=[url])
    chatter.run(10)
    room.join("visitor_kit")
    room.wait(75)
    room.type("visitor_kit", "hello, does anybody recognise this plant? it grows behind our shed and nobody knows it")
    room.wait(40)
    url = "https://upload.people.example/7f00aa/plant.jpg"
    room.say("visitor_kit", url, oob=[url])
    room.type(people[2], "looks like horsetail to me")
    room.type("visitor_kit", "oh! thank you")
    quiet("holiday-pictures", "photos of a lake, and a newcomer's photo of a plant", room)

    room = Room("newlog")
    gather(room, ENGLISH[25:28], 15)
    Chatter(room, {"servers": TOPICS["servers"]}, SHORT, ENGLISH[25:28]).run(10)
    room.join("puzzled")
    room.wait(25)
    room.type("puzzled", "hi, my server does not start any more, this is what the journal says:")
    units = ["network", "storage", "chat", "proxy", "upload"]
    rows = [f"mar 02 18:1{i // 6}:{(i * 7) % 60:02} box systemd[1]: {units[i % 5]}.service: step {i} "
            f"{['started', 'waiting for device', 'timed out after 90s', 'restarting', 'ok'][(i * 3) % 5]}" for i in range(26)]
    room.wait(14)
    room.say("puzzled", "\n".join(rows))
    room.type(ENGLISH[25], "the storage unit times out, is the disk mounted?")
    room.type("puzzled", "it was not. thank you, I feel silly")
    room.type(ENGLISH[26], "happens to all of us")
    quiet("newcomer-pastes-log", "a newcomer pastes a journal of 26 lines", room)

    room = Room("terminal")
    gather(room, ENGLISH[28:31], 15)
    Chatter(room, {"servers": TOPICS["servers"]}, SHORT, ENGLISH[28:31]).run(6)
    room.join("baffled")
    room.wait(50)
    room.type("baffled", "det virker ikke")
    room.wait(40)
    for row in ["jeg skrev det du sagde og nu står der:", "Læser pakkelister... Færdig", "Opbygger afhængighedstræ",
                "Læser tilstandsoplysninger... Færdig", "E: Kunne ikke finde pakken libkettle", "baffled@attic:~$"]:
        room.say("baffled", row)
        room.wait(0.2)
    room.type(ENGLISH[28], "baffled: that package is gone since last year")
    quiet("newcomer-pastes-terminal", "a newcomer pastes what a terminal printed, line by line, at once", room)


def links():
    """One address in several mouths, or several times in one, as people who talk do it."""
    room = Room("release-link")
    people = ENGLISH[2:10]
    gather(room, people, 20)
    chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    chatter.run(40)
    link = "https://project.example/releases/2.0"
    for nick, text in zip(people, [
        f"2.0 is out: {link}", "finally!!", f"is the windows build at {link} too?", "yes, at the bottom",
        f"{link}#changes says the old format is gone", "what, already", f"it says so in {link} since the beta", "ok ok",
    ]):
        room.type(nick, text)
        room.wait(room.dice.uniform(5, 40))
    chatter.run(12)
    quiet("release-link", "a release, and everybody names its page", room)

    for name, who, is_new in [("answers-of-newcomer", "visitor_lou", True), ("answers-of-regular", "otis", False)]:
        room = Room(name)
        people = ENGLISH[22:29]
        gather(room, people + ([] if is_new else [who]), 20)
        chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people + ([] if is_new else [who]), LINES)
        chatter.run(60)
        if is_new:
            room.join(who)
            room.wait(30)
            room.type(who, "hi, I wrote some of the documentation, let me see whether I can help")
        page = "https://docs.project.example/install"
        for asker, question, answer in [
            (people[0], "how do I install it without the service?", f"{people[0]}: it is all at {page}"),
            (people[3], "and is there a way to keep two versions?", f"{people[3]}: there is, see {page}#side-by-side"),
            (people[5], "does it need root to install?", f"it does not, {page} has the steps"),
        ]:
            room.type(asker, question)
            room.wait(room.dice.uniform(8, 25))
            room.type(who, answer)
            room.type(asker, room.dice.choice(["thanks!", "ah, thank you", "perfect"]))
            chatter.run(4)
            room.wait(room.dice.uniform(200, 420))
        chatter.run(6)
        quiet(name, "one page for three who ask, within twenty minutes", room)

    room = Room("same-paste")
    people = ENGLISH[31:37]
    gather(room, people, 20)
    chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    chatter.run(20)
    room.join("visitor_ada")
    room.wait(20)
    for text in ["hello, my build fails with this: https://paste.example/8f31", "line 40 of https://paste.example/8f31 I mean",
                 "nobody? https://paste.example/8f31", "same log as before, https://paste.example/8f31, but with -j1"]:
        room.type("visitor_ada", text)
        room.wait(room.dice.uniform(40, 130))
        chatter.speak(room.dice.choice(people), "ask", 1)
    quiet("same-paste", "a newcomer names the same paste four times", room)

    room = Room("asks-again")
    people = ENGLISH[37:43]
    gather(room, people, 20)
    chatter = Chatter(room, {"trains": TOPICS["trains"]}, SHORT, people)
    chatter.run(20)
    room.join("visitor_bo")
    room.wait(25)
    room.type("visitor_bo", "hi, does anybody know what this error means? https://logs.visitor.example/ab12")
    room.wait(240)
    chatter.run(6)
    room.type("visitor_bo", "still stuck on https://logs.visitor.example/ab12 - any idea?")
    chatter.run(4)
    room.wait(100)
    for text in ["could it be this one? https://bugs.project.example/show_bug.cgi?id=3101",
                 "or https://bugs.project.example/show_bug.cgi?id=2890, which somebody closed without a word"]:
        room.wait(20)
        room.type("visitor_bo", text)
    chatter.run(4)
    quiet("asks-again", "a newcomer whom nobody answers asks again, with the same page, and finds some others", room)


def dev_rooms():
    """Rooms in which programs are made: bots nobody has introduced, noise of coming and going, lines at speed."""
    room = Room("tracker")
    people = ENGLISH[3:12]
    gather(room, people, 30)
    chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    chatter.run(30)
    room.type(people[0], "the list is at https://bugs.project.example/list")
    chatter.run(6)
    verbs = ["opened", "closed", "commented on", "merged", "labelled"]
    titles = ["crash on start", "typo in the manual", "no sound after sleep", "build fails without zlib", "slow search",
              "translation to Basque", "icons too small", "leak in the parser"]
    room.join("tracker_bot", "bot@project.example")
    room.wait(20)
    for number in range(14):
        for _ in range(room.dice.choice([1, 1, 1, 2, 3])):
            room.say("tracker_bot", f"[core] {room.dice.choice(people)} {room.dice.choice(verbs)} "
                                    f"#{room.dice.randint(1000, 4000)}: {room.dice.choice(titles)} - "
                                    f"https://bugs.project.example/{room.dice.randint(1000, 4000)}")
            room.wait(room.dice.uniform(0.3, 1.2))
        if number % 3 == 2:
            chatter.run(3)
        room.wait(room.dice.uniform(20, 300))
    for nick, text in [("visitor_ivo", "hi, is https://bugs.project.example/2907 still open?"),
                       ("visitor_jan", "hello! my report: https://bugs.project.example/3311"),
                       ("visitor_kim", "I have the same as https://bugs.project.example/2950 here"),
                       ("visitor_lea", "good morning, https://bugs.project.example/1011 is done, I think")]:
        room.join(nick)
        room.wait(room.dice.uniform(10, 40))
        room.type(nick, text)
        room.wait(room.dice.uniform(5, 60))
        chatter.run(2)
    quiet("tracker-and-newcomers", "a tracker's bot that is new here, and newcomers who each name a page of that tracker", room)

    room = Room("feed-new")
    people = ENGLISH[12:17]
    room.join("feed", "feed@planet.example")
    gather(room, people, 3)
    chatter = Chatter(room, TOPICS, SHORT, people)
    for title in ["how we moved the archive", "ten years of this blog", "notes from the spring meeting", "why we left the cloud",
                  "a new release of the editor", "gardening with sensors", "goodbye, old server"]:
        room.say("feed", f"[planet] {title} - https://planet.example/2026/{digest(title).hex()[:5]}.html")
        room.wait(room.dice.choice([0.6, 0.6, 180, 300]))
        chatter.run(1)
    quiet("feed-at-first", "a feed that nobody knows yet tells its news", room)

    room = Room("verbatim")
    people = ENGLISH[17:22]
    gather(room, people, 10)
    chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    chatter.run(12)
    room.join("visitor_mo")
    room.wait(15)
    question = "hi, does anybody know why this fails? https://mo.visitor.example/build.log"
    room.type("visitor_mo", question)
    room.wait(250)
    chatter.run(3)
    room.type("visitor_mo", question)
    room.wait(20)
    room.type(people[1], "visitor_mo: which version is that?")
    room.type("visitor_mo", "2.1, as in https://mo.visitor.example/build.log")
    room.wait(50)
    room.type(people[1], "visitor_mo: and with -v?")
    room.type("visitor_mo", "the same, the end of https://mo.visitor.example/build.log is all I get")
    chatter.run(4)
    quiet("asks-verbatim", "a newcomer asks the same again word for word, and answers those who ask back", room)

    room = Room("handed-on")
    people = ENGLISH[12:17]
    gather(room, people, 15)
    chatter = Chatter(room, TOPICS, SHORT, people, LINES)
    chatter.run(10)
    room.join("visitor_pia")
    room.wait(25)
    room.type("visitor_pia", "I drew all the birds of our valley: https://birds.visitor.example/valley")
    drawn = room.records[-1]
    head = f"> {drawn['body']}\n"
    for nick, texts in [("visitor_ro", ["how lovely", "who is number seven?", "ah, the wren. thanks"]),
                        ("visitor_sy", [None, "I like the heron best", "did you see it by the mill?", "there are two now"])]:
        room.join(nick)
        room.wait(20)
        for text in texts:
            quote = {"reply_to": drawn["stanza_id"], "fallback": [0, len(head)]} if text else {}
            room.type(nick, head + text if text else "hello, what a nice room", **quote)
            chatter.run(1)
    quiet("praise-for-drawings", "a newcomer shows her drawings, and two others answer with quotes, each more than once", room)

    room = Room("noise")
    people = [f"{nick}{room.dice.choice(['', '_', '^', '|afk', '-m'])}" for nick in ENGLISH[22:46]]
    gather(room, people[:12], 6)
    chatter = Chatter(room, {"servers": TOPICS["servers"], "radio": TOPICS["radio"]}, SHORT, people[:12], LINES)
    trace = "Traceback (most recent call last):|  File \"main.py\", line 41, in <module>|    run(sys.argv[1])|" \
            "  File \"main.py\", line 17, in run|    return load(path)[0]|IndexError: list index out of range".split("|")
    art = [r"  /\_/\\  ", " ( o.o ) ", "  > ^ <  "]
    faces = ["¯\\_(ツ)_/¯", "(╯°□°)╯︵ ┻━┻", "┬─┬ ノ( ゜-゜ノ)", "ಠ_ಠ", "(・∀・)", "(ﾉ◕ヮ◕)ﾉ*:･ﾟ✧", "ʕ•ᴥ•ʔ", "\\o/", "m("]
    for number in range(9):
        chatter.run(7, tempo=0.5)
        for nick in people[12 + number:14 + number]:
            if nick not in room.here:
                room.join(nick)
                room.wait(room.dice.uniform(0.5, 4))
                if room.dice.random() < 0.4:
                    room.say(nick, room.dice.choice(["hi", "moin", "o/", "hello all", "re"]))
        who = room.dice.sample(people[:12], 7)
        if number % 3 == 0:
            for nick in who:
                room.wait(room.dice.uniform(0.4, 2.5))
                room.say(nick, room.dice.choice(["+1", "+1", "lol", "LOL", "👍", "+1 from me", "haha", "ack"]))
        elif number % 3 == 1:
            for row in room.dice.choice([trace, art]):
                room.wait(room.dice.uniform(0.9, 1.9))
                room.say(who[0], row)
            room.type(who[1], who[0] + ": please use a paste")
        else:
            for nick in who[:4]:
                room.wait(room.dice.uniform(1, 3))
                room.say(nick, room.dice.choice(faces))
            room.type(who[5], f"https://github.com/project/core/issues/{room.dice.randint(10, 999)}")
            room.type(who[6], f"I mean https://github.com/project/core/pull/{room.dice.randint(10, 999)}")
        for nick in room.dice.sample(sorted(set(room.here) - set(people[:12])), min(2, len(set(room.here) - set(people[:12])))):
            room.leave(nick, room.dice.choice(["left", "lost", "lost"]))
    quiet("developers-noise", "traces, cats of signs, faces, votes and laughter, and people forever coming and going", room)

    room = Room("quick")
    gather(room, ["rita", "sam"], 20)
    chatter = Chatter(room, TOPICS, SHORT, ["rita", "sam"])
    chatter.run(4)
    words = "да|ок|нет|угу|ну да|так|ага|стоп|что|где|тут|вот|нет же|ясно|ладно|хорошо|и как|сейчас|жду|готово".split("|")
    for number in range(30):
        nick = ["rita", "sam"][number % 2]
        for _ in range(room.dice.choice([1, 1, 2, 2, 3, 4])):
            room.wait(room.dice.uniform(0.9, 1.9))
            room.say(nick, room.dice.choice(words))
        room.wait(room.dice.uniform(0, 1.5))
    quiet("quick-words", "two people in a hurry: a word or two at a time", room)


def orders():
    room = Room("orders")
    room.join("keeper", affiliation="owner")
    people = ENGLISH[28:33]
    gather(room, people, 15)
    chatter = Chatter(room, TOPICS, SHORT, people + ["keeper"])
    chatter.run(24)
    room.record("subject", "keeper", body="Welcome. Today: the spring fair, see https://fair.example")
    chatter.run(12)
    room.join("grump")
    room.wait(30)
    room.type("grump", "this place was better before you all came")
    room.type("keeper", "grump, please")
    room.type("grump", "no")
    room.leave("grump", "kicked", actor="keeper", reason="cool down")
    room.record("affiliation", people[0], affiliation="member", actor="keeper")
    room.here[people[0]]["affiliation"] = "member"
    room.record("subject", people[1], body="Welcome. Today: the spring fair. Tomorrow: sleep")
    room.record("room")
    chatter.run(20)
    quiet("moderator-at-work", "an owner sets the subject, removes someone, makes a member", room)

    room = Room("story")
    gather(room, ["teller"] + ENGLISH[33:36], 15)
    chatter = Chatter(room, TOPICS, SHORT, ["teller"])
    for number in range(46):
        chatter.topic = list(TOPICS)[number // 8]
        room.type("teller", chatter.sentence("say"), "teller")
        if number % 9 == 8:
            room.type(room.dice.choice(ENGLISH[33:36]), room.dice.choice(["go on", "haha", "and then?", "no way"]))
    quiet("story-teller", "one person talks for ten minutes, the others listen", room)


def main():
    for make in (talks, evenings, days, encrypted, reactions, replies, netsplits, crowds, bridges, phones, mistakes, bots,
                 pictures, links, dev_rooms, orders):
        make()
