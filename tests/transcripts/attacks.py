"""Attacks: each scene says who the attackers are and how much of theirs may reach the room. See `make.py`.

Friends talk before, during and after; none of them is to be touched. A record of an attacker that is innocent, or that
the goal does not count, says `"spam":false`.
"""

import sys

from kit import HERE, Chatter, Room, digest, write

sys.path.insert(0, str(HERE / "talk"))
from banks import LINES, SHORT, TOPICS  # noqa: E402

FRIENDS = ["astrid", "benno", "carla", "dimitri", "eeva"]
ADVERT = "Cheap replica watches, 70% off only today, order at https://watches.example/sale"
ADVERTS = [
    "Cheap replica watches, 70% off only today, order at https://watches.example/sale",
    "CHEAP replica watches 75% off!!! only today!! order at https://watches.example/sale",
    "cheap  replica watches - 70% off - only TODAY - order now https://watches.example/sale 🔥",
    "Replica watches, cheap, 80% off today only. Order here: https://watches.example/sale?r=9",
    "⌚ cheap replica watches ⌚ 70 % off ⌚ only today ⌚ https://watches.example/sale ⌚",
    "Dear friends, cheap replica watches, 70% off only today, order at https://watches.example/sale x7Qp",
]
LOOKS = str.maketrans("acdeijlopsxyABCEHIKMOPTX", "асԁеіјӏорѕхуАВСЕНІКМОРТХ")
GREEK = str.maketrans("aoivptuABEHIKMNOPTXZ", "αοινρτυΑΒΕΗΙΚΜΝΟΡΤΧΖ")
LEET = str.maketrans("aeiost", "431057")
SYLLABLES = "ba do ku mi ra te zo fi lu ne pa sha gri plo vex wum tak jor hil sno".split()


def scene(name, talk=14, **more):
    """A room where friends have been talking for a while; the last of them came a few minutes ago."""
    room = Room(name, **more)
    room.join("warden", affiliation="admin")
    for nick in FRIENDS[:-1]:
        room.join(nick)
        room.type(nick, room.dice.choice(["hi", "hello", "good evening all", "evening", "hey everybody", "moin"]))
        room.wait(room.dice.uniform(5, 40))
    room.chatter = Chatter(room, TOPICS, SHORT, FRIENDS[:-1], LINES)
    room.chatter.run(talk)
    room.wait(700)
    room.join(FRIENDS[-1])
    room.type(FRIENDS[-1], "hello everybody")
    room.chatter.people = FRIENDS
    room.chatter.run(8)
    room.type(FRIENDS[-1], "nice to be here again")
    room.wait(60)
    return room


def end(name, what, room, reached, spam, calm=8, **more):
    """Friends wonder, and go on talking."""
    for nick in room.dice.sample(FRIENDS, 3):
        room.type(nick, room.dice.choice(["what was that", "spam again?", "warden, are you there?", "lol", "ignore it", "ugh"]))
    room.chatter.run(calm)
    write("attacks", name, what, room, reached=reached, preset="public", spam=sorted(set(spam)), **more)


def mash(room, n):
    """A line of nothing, different each time."""
    return " ".join("".join(room.dice.choices(SYLLABLES, k=room.dice.randint(1, 4))) for _ in range(n))


def lone(name, what, lines, gap, reached=5, wait=12, **more):
    """One newcomer says these lines, so far apart; a friend says something now and then."""
    room = scene(name)
    room.join("mallory", "mallory@free.example")
    room.wait(wait)
    for number, line in enumerate(lines(room)):
        said = line if isinstance(line, dict) else {"body": line}
        room.wait(said.pop("pause", 0))
        room.say("mallory", said.pop("body", ""), **said)
        room.wait(gap * room.dice.uniform(0.9, 1.1))
        if number % 9 == 8:
            room.say(room.dice.choice(FRIENDS), room.dice.choice(SHORT))
    end(name, what, room, reached, ["mallory"], **more)


def spaced(text):
    return " ".join(text.replace(" ", "_"))


def zalgo(room, text):
    return "".join(c + "".join(chr(room.dice.randint(0x300, 0x36F)) for _ in range(9)) if c.isalpha() else c for c in text)


def floods():
    lone("flood-fast", "pasted lines, three a second", lambda r: [mash(r, 12) for _ in range(60)], 0.33)
    lone("flood-two-seconds", "a line of nothing every two seconds", lambda r: [mash(r, 9) for _ in range(60)], 2)
    lone("flood-short", "single words, as fast as fingers go", lambda r: [mash(r, 1) for _ in range(80)], 0.7)
    lone("flood-words", "two short words at a time, about as fast as people type",
         lambda r: [mash(r, 2) for _ in range(40)], 1.2)
    lone("flood-letters", "an advert, one letter a line", lambda r: list((ADVERT[:44] * 2).replace(" ", "")), 0.5)
    lone("flood-waves", "five lines at once, again every half minute",
         lambda r: [{"body": mash(r, 14), "pause": 0 if n % 5 else 30} for n in range(50)], 0.2, wait=5)
    lone("flood-shouting", "the same short shout, a little longer each time", lambda r: ["LO" + "L" * n for n in range(40)], 1)
    lone("flood-emoji", "rows of pictures", lambda r: ["".join(r.dice.choices("😂🤡💩🔥🎉", k=30)) for _ in range(40)], 1.2)
    lone("flood-invisible", "messages in which nothing is to be seen",
         lambda r: ["".join(r.dice.choices("\u200b\u200c\u2060\u2063", k=20)) for _ in range(40)], 1.5)
    lone("flood-encrypted", "an encrypted flood: only its pace tells",
         lambda r: [{"body": "This message is encrypted.", "encrypted": "urn:xmpp:omemo:2"} for _ in range(40)], 0.4)
    lone("flood-commands", "commands at bots, as a flood",
         lambda r: [f"!{r.dice.choice(['weather', 'roll', 'define', 'quote'])} {mash(r, 1)}" for _ in range(50)], 0.8)
    lone("flood-replies", "the same clown in reply to everything",
         lambda r: [{"body": "🤡", "reply_to": str(10_000 + n)} for n in range(40)], 0.6)
    lone("flood-mentions", "calls everybody by name", mentions, 3)
    lone("flood-private", "floods the bot in private", lambda r: [{"body": mash(r, 8), "kind": "private"} for _ in range(30)], 0.5)
    lone("wipe-empty-lines", "walls of empty lines", lambda r: ["." + "\n" * 60 + "." for _ in range(12)], 3, reached=2)
    lone("wipe-blank-letters", "walls of letters that show nothing",
         lambda r: ["\n".join("\u2800" * r.dice.randint(1, 9) for _ in range(50)) for _ in range(12)], 3, reached=2)
    lone("wipe-one-line", "the same line eighty times in one message", lambda r: ["READ THIS\n" * 80] * 8, 4, reached=2)
    lone("zalgo", "letters under towers of marks", lambda r: [zalgo(r, mash(r, 6)) for _ in range(20)], 3)
    lone("rtl-override", "text turned around by an override",
         lambda r: ["\u202e" + mash(r, 6) + " \u202e" + mash(r, 2) for _ in range(20)], 3)


def mentions(room):
    names = FRIENDS + ["warden"]
    return [" ".join(room.dice.sample(names, 6)) + " " + mash(room, 1) for _ in range(20)]


def adverts():
    lone("advert-same", "the same advert every twenty seconds", lambda r: [ADVERT] * 15, 20, reached=2)
    lone("advert-patient", "the same advert every minute and a half", lambda r: [ADVERT] * 12, 90, reached=2)
    lone("advert-mutated", "an advert put differently each time", lambda r: ADVERTS * 3, 15, reached=2)
    lone("advert-look-alikes", "an advert in letters that only look Latin", look_alikes, 15, reached=2)
    lone("advert-zero-width", "an advert with invisible characters between its letters", zero_width, 15, reached=2)
    lone("advert-spaced", "an advert with its letters apart", lambda r: spread_out(r), 15, reached=2)
    lone("advert-digits", "an advert with digits for letters", digits, 15, reached=2)
    lone("advert-russian", "a Russian advert with Latin letters in it", russian, 15, reached=2)
    lone("advert-phone", "the same phone number in ever other words", phone, 15, reached=2)
    lone("advert-wallet", "the same wallet in ever other words", wallet, 15, reached=2)
    lone("advert-handle", "the same contact in ever other words", handle, 15, reached=2)
    lone("advert-other-words", "the same link in ever other words, with minutes between",
         pitched(lambda r: "https://watches.example/sale"), 150, reached=2)
    lone("advert-tracked", "the same link in other words, and with another tracking code each time", pitched(tracked), 45, reached=2)
    lone("advert-room", "the same room in ever other words", pitched(lambda r: "fun@rooms.elsewhere.example"), 60, reached=2)
    lone("advert-number", "the same phone number in ever other words", pitched(lambda r: "+000 111 222 3344"), 90, reached=2)
    lone("advert-question", "an advert put as a question, every minute and a half",
         lambda r: ["anyone knows a good casino like https://casino.watches.example ?"] * 10, 90, reached=2)
    lone("advert-questions", "an advert put as ever other questions",
         lambda r: [it.format("https://watches.example/sale") for it in QUESTIONS], 100, reached=2)
    lone("advert-small-talk", "three friendly lines, then the same link in ever other words", small_talk, 75, reached=2)
    lone("advert-pages", "another page of one site each time, in other words", pitched(page), 60, reached=3)
    lone("advert-bare-pages", "another page of one site each time, and hardly a word", bare(page), 60, reached=3)
    lone("advert-picture", "the same picture each time, behind another address", bare(lambda r: f"https://pics.example/sale.jpg?v={mash(r, 1)}"),
         30, reached=2)
    lone("advert-pictures", "another picture from one place each time, as a link", bare(picture), 30, reached=3)
    lone("advert-invitations", "invitations to another room", invitations, 12, reached=2)
    lone("advert-punycode", "addresses that only look like known ones", punycode, 12, reached=2, wait=4)
    lone("advert-second-body", "an advert in a second language's body", bodies, 15, reached=2)
    lone("advert-xhtml", "an advert in the XHTML form of harmless words", xhtml, 15, reached=2)
    lone("images-without-words", "pictures without a body, as soon as in the room", images, 2, reached=2, wait=2)
    lone("link-first", "a link as the first thing said, then others",
         lambda r: [f"look https://{mash(r, 1)}.example/{n}" for n in range(10)], 6, reached=2, wait=3)


def look_alikes(room):
    return [ADVERT.translate({key: value for key, value in table.items() if room.dice.random() < 0.7})
            for table in (LOOKS, GREEK) * 6]


def zero_width(room):
    return ["".join(c + (room.dice.choice("\u200b\u200d\u2060\u00ad") if room.dice.random() < 0.5 else "") for c in ADVERT)
            for _ in range(12)]


def spread_out(room):
    text = "cheap replica watches watches.example"
    forms = [spaced(text), ".".join(text.replace(" ", "")), "-".join(text), " ".join(text.upper()), "_".join(text)]
    return forms * 3


def digits(room):
    return ["".join(c.translate(LEET) if room.dice.random() < 0.6 else c for c in ADVERT) for _ in range(12)]


def russian(room):
    text = "Дешёвые копии часов, скидка 70% только сегодня, заказ на https://watches.example/sale"
    back = {value: key for key, value in LOOKS.items()}
    return [text.translate({key: value for key, value in back.items() if room.dice.random() < 0.6}) for _ in range(12)]


def worded(room, contact, opener):
    ways = ["call {0}", "{0} - any time", "write to {0} now", "contact: {0}", "just try {0}", "you find me at {0}", "{0}!!!"]
    wares = ["documents", "diplomas", "loans", "certificates", "tickets", "phones", "followers", "passports"]
    return [f"{room.dice.choice(wares)} {opener} {mash(room, 2)}, {room.dice.choice(ways).format(contact())}" for _ in range(12)]


def phone(room):
    forms = ["+000 111 222 3344", "+000-111-222-33-44", "0001112223344", "+000 (111) 222 33 44", "+OOO 111 222 3344"]
    return worded(room, lambda: room.dice.choice(forms), "fast and discreet")


def wallet(room):
    return worded(room, lambda: "bc1qexampleexampleexampleexample0123456789", "paid in advance")


def handle(room):
    return worded(room, lambda: room.dice.choice(["@doc_king_777", "@Doc_King_777", "@ doc_king_777"]), "for everybody")


PITCHES = [
    "finally a shop that delivers on time, {0}",
    "my brother had his after two days: {0}",
    "{0} is all I say",
    "everything must go before the weekend, so open {0} while it lasts",
    "the best thing I found this year is {0} and nothing comes near it",
    "new stock came in this morning {0}",
    "I did not believe it either until I saw {0}",
    "for those who came late, here it is once more - {0}",
    "half of what others ask for it: {0}",
    "trust me and look at {0}",
    "tell your friends about {0} before they hear it elsewhere",
    "no queue, no questions, just {0}",
]


QUESTIONS = [
    "Want a new watch? {0}",
    "why pay more? see {0}",
    "tired of being late? {0} helps",
    "have you seen {0} already?",
    "still without one? open {0}",
    "who needs a present? {0}",
    "looking for something better? {0}",
    "did you know that there is {0} ?",
]


def small_talk(room):
    greetings = [{"body": it, "spam": False} for it in ["hi all", "how is everybody doing", "nice evening here"]]
    return greetings + [it.format("https://watches.example/sale") for it in PITCHES]


def page(room):
    return f"https://watches.example/{mash(room, 1)}"


def pitched(target):
    """The same target, and hardly a word in common."""
    return lambda room: [pitch.format(target(room)) for pitch in PITCHES]


def picture(room):
    return f"https://pics.example/{mash(room, 2).replace(' ', '/')}.jpg"


def bare(target):
    return lambda room: [room.dice.choice(["", "", "look ", "here: "]) + target(room) for _ in range(12)]


def tracked(room):
    keys = ["ref", "utm_source", "utm_campaign", "aff", "src", "fbclid"]
    return "https://watches.example/sale?" + "&".join(f"{it}={mash(room, 1)}" for it in room.dice.sample(keys, 2))


def invitations(room):
    return [f"{mash(room, 2)} join us xmpp:fun{room.dice.choice('aaab')}@rooms.elsewhere.example?join" for _ in range(12)]


def punycode(room):
    names = ["xn--pypl-53dc", "xn--ggle-55da", "xn--bnk-7cd", "раураl", "gооgle", "bаnk"]
    return [f"your account is locked, {mash(room, 1)}: https://{name}.example/login" for name in names * 2]


def bodies(room):
    return [{"body": mash(room, 3), "bodies": [{"lang": "en", "body": mash(room, 3)}, {"lang": "xx", "body": advert}]}
            for advert in ADVERTS * 2]


def xhtml(room):
    return [{"body": mash(room, 3), "xhtml": advert} for advert in ADVERTS * 2]


def images(room):
    urls = [f"https://pics.example/{digest(room.name, str(n)).hex()[:12]}.jpg" for n in range(12)]
    return [{"body": "", "oob": [url]} for url in urls]


def edits():
    for name, what, texts in [
        ("edit-into-advert", "harmless words are edited into an advert, again and again", ADVERTS),
        ("edit-into-link", "harmless words are edited into links", [f"https://{x}.example/free" for x in "pqrstu"]),
    ]:
        room = scene(name)
        room.join("mallory", "mallory@free.example")
        room.wait(40)
        for number, text in enumerate(texts):
            target = room.type("mallory", ["hello all", "nice room", "how is everybody", "good evening", "hm", "yes"][number], spam=False)
            room.wait(8)
            # The first one is what the guard has to see; nothing may get through after it.
            room.edit("mallory", target, text, **({"spam": False} if number == 0 else {}))
            room.wait(20)
        end(name, what, room, 0, ["mallory"])

    room = scene("edit-flood")
    room.join("mallory", "mallory@free.example")
    room.wait(20)
    target = room.say("mallory", "let me think")
    for _ in range(40):
        room.wait(1)
        room.edit("mallory", target, mash(room, 5))
    end("edit-flood", "one message is edited every second", room, 5, ["mallory"])

    room = scene("quoted-flood")
    room.join("mallory", "mallory@free.example")
    room.wait(15)
    for number in range(30):
        old = [it for it in room.records if it["kind"] == "message" and it["nick"] != "mallory"]
        text = "\n".join("> " + it["body"] for it in room.dice.sample(old, 7))
        room.say("mallory", text + "\n" + mash(room, 1), reply_to=old[0]["stanza_id"])
        room.wait(1.5)
    end("quoted-flood", "everything that others said is quoted back at them", room, 5, ["mallory"])

    for name, what, spam in [
        ("advert-in-quote", "an advert said to be a quote of what nobody said", "JOIN THE BEST CLUB OF THE YEAR!!! 100% FREE, EVERYBODY IS THERE, DO NOT MISS IT"),
        ("advert-in-fallback", "an advert said to stand for the message that it answers", ADVERT),
    ]:
        room = scene(name)
        room.join("mallory", "mallory@free.example")
        room.wait(15)
        for _ in range(12):
            old = [it for it in room.records if it["kind"] == "message" and it["nick"] != "mallory"][-1]
            head = ("> " if name == "advert-in-quote" else "") + spam
            room.say("mallory", f"{head}\n{mash(room, 1)}", reply_to=old["stanza_id"], fallback=[0, len(head) + 1])
            room.wait(20)
            room.say(room.dice.choice(FRIENDS), room.dice.choice(SHORT))
        end(name, what, room, 2, ["mallory"])

    room = scene("echo")
    room.join("mallory", "mallory@free.example")
    room.wait(15)
    for number in range(40):
        old = [it for it in room.records if it["kind"] == "message" and it["nick"] != "mallory"]
        room.say("mallory", old[number % len(old)]["body"])
        room.wait(1.2)
    end("echo", "somebody repeats what everybody said", room, 5, ["mallory"])


def presences():
    def attack(name, what, reached, counts, act, n, gap):
        room = scene(name)
        room.join("mallory", "mallory@free.example", spam=False)
        room.wait(5)
        room.who = "mallory"
        nicks = {"mallory"}
        for number in range(n):
            act(room, number)
            nicks.add(room.who)
            room.wait(gap)
        end(name, what, room, reached, nicks, counts=counts)

    def rename(room, number):
        new = mash(room, 1) + str(number)
        room.nick(room.who, new)
        room.who = new

    def come_and_go(room, number):
        room.leave("mallory")
        room.wait(1)
        room.join("mallory", "mallory@free.example")

    attack("nick-flood", "another nick every second", 8, ["nick"], rename, 40, 1)
    attack("join-flood", "comes and goes every three seconds", 8, ["join"], come_and_go, 30, 2)
    attack("status-adverts", "adverts as status text", 5, ["presence"],
           lambda r, n: r.status("mallory", ADVERTS[n % 6] + f" {n}"), 20, 5)
    attack("presence-flood", "availability changes twice a second", 15, ["presence"],
           lambda r, n: r.status("mallory", None, "away" if n % 2 else "online"), 80, 0.5)
    attack("reaction-flood", "reactions to everything, three a second", 20, ["reaction"],
           lambda r, n: r.react("mallory", str(10_003 + n), "💩"), 80, 0.35)
    attack("malformed-flood", "stanzas that nobody can read", 10, ["malformed"],
           lambda r, n: r.record("malformed", "mallory", reason="no such element"), 60, 0.5)
    attack("subject-abuse", "the subject becomes an advert, again and again", 3, ["subject"],
           lambda r, n: r.record("subject", "mallory", body=ADVERTS[n % 6]), 14, 6)

    for name, what, nick, reached in [
        ("look-alike-of-moderator", "someone comes in who looks like the moderator", "wаrdеn", 0),
        ("look-alike-of-regular", "someone comes in who looks like somebody who is here", "саrlа", 1),
    ]:
        room = scene(name, talk=24)
        room.join(nick, "qwx81@free.example")
        room.wait(8)
        for text in ["attention please, I have lost my password", "please send me yours in private", "it is important", "hello?"]:
            room.type(nick, text)
        end(name, what, room, reached, [nick])


def turns():
    room = scene("taking-turns")
    who = [mash(room, 1) + str(n) for n in range(5)]
    for number, nick in enumerate(who):
        room.join(nick, f"{nick}@free{number}.example")
        room.wait(25)
    for number in range(40):
        room.say(who[number % 5], ADVERTS[number % 6])
        room.wait(4)
    end("taking-turns", "five take turns with one advert, each of them slowly", room, 10, who)

    room = scene("pages-of-many", talk=24)
    who = []
    for number, pitch in enumerate(PITCHES):
        who.append(mash(room, 1) + str(number))
        room.join(who[-1], f"{who[-1]}@free{number}.example")
        room.wait(6)
        room.say(who[-1], pitch.format(page(room)))
        room.wait(8)
        room.say(who[number // 2], room.dice.choice(PITCHES).format(page(room)))
        room.wait(20)
    end("pages-of-many", "a dozen come one by one, each with another page of one site", room, 6, who)

    room = scene("nick-hopper")
    nicks = ["mallory"]
    room.join("mallory", "mallory@free.example")
    room.wait(6)
    for number in range(12):
        for _ in range(3):
            room.say(nicks[-1], mash(room, 10))
            room.wait(0.5)
        nicks.append(mash(room, 1) + str(number))
        room.nick(nicks[-2], nicks[-1])
        room.wait(2)
    end("nick-hopper", "a flood with a new nick after every three lines", room, 5, nicks)

    room = scene("comes-back")
    for _ in range(5):
        room.join("mallory", "mallory@free.example")
        room.wait(2)
        for _ in range(12):
            room.say("mallory", mash(room, 10))
            room.wait(0.4)
        room.leave("mallory")
        room.wait(20)
    end("comes-back", "a flooder leaves and comes back, five times", room, 9, ["mallory"])

    room = scene("new-address-each-time")
    nicks = []
    for number in range(12):
        hexes = digest(room.name, "anon", str(number)).hex()
        jid = f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-a{hexes[17:20]}-{hexes[20:32]}@anon.example"
        nicks.append(f"guest{number}")
        room.join(nicks[-1], jid)
        room.wait(2)
        for _ in range(4):
            room.say(nicks[-1], ADVERTS[number % 6])
            room.wait(2)
        room.leave(nicks[-1])
        room.wait(6)
    end("new-address-each-time", "an anonymous login with a new address for every four adverts", room, 14, nicks)

    room = scene("sleeper")
    room.join("quiet_mouse", "qm@free.example")
    room.wait(30)
    room.type("quiet_mouse", "hi, just reading along", spam=False)
    room.chatter.run(20)
    room.wait(360)
    for text in ADVERTS:
        room.say("quiet_mouse", text)
        room.wait(12)
    end("sleeper", "someone says a harmless thing, waits six minutes, then advertises", room, 2, ["quiet_mouse"])


def talkers():
    room = scene("advert-after-talk")
    room.join("mallory", "mallory@free.example")
    room.wait(20)
    for text in ["hi all", "how is everybody doing?", "nice evening here", "we had rain all day", "oh well"]:
        room.type("mallory", text, spam=False)
        room.wait(20)
    for _ in range(10):
        room.say("mallory", ADVERT)
        room.chatter.run(2)
        room.wait(50)
    end("advert-after-talk", "someone chats for a moment, then says one advert every minute", room, 2, ["mallory"])


    room = scene("advert-taken-back")
    room.join("mallory", "mallory@free.example")
    room.wait(15)
    for text in ADVERTS * 2:
        said = room.say("mallory", text) and room.records[-1]
        room.wait(4)
        room.record("retraction", "mallory", replaces=said["id"])
        room.wait(20)
    end("advert-taken-back", "whoever advertises takes each copy back before the next", room, 2, ["mallory"])

    room = scene("advert-handed-on")
    for nick in ["mallory", "trudy"]:
        room.join(nick, f"{nick}@free.example")
        room.wait(15)
    advert = room.say("mallory", ADVERT) and room.records[-1]
    head = f"> {ADVERT}\n"
    praise = ["this", "so good", "I have one, and it still goes", "what he says", "wow", "do not miss it", "true", "the best"]
    for number, text in enumerate(praise):
        room.wait(25)
        # Every other time as lines with a mark, without a word of what is answered.
        reply = {"reply_to": advert["stanza_id"], "fallback": [0, len(head)]} if number % 2 == 0 else {}
        room.say("trudy", head + text, **reply)
        room.chatter.run(1)
    end("advert-handed-on", "one newcomer advertises, another quotes it with praise again and again", room, 3, ["mallory", "trudy"])

    room = scene("advert-asked-for")
    for nick in ["mallory", "trudy"]:
        room.join(nick, f"{nick}@free.example")
        room.wait(15)
    for number in range(6):
        room.say("mallory", ADVERT)
        room.wait(40)
        room.say("trudy", ["where do you all buy yours?", "!price", "has anybody a good one?"][number % 3])
        room.wait(3)
    end("advert-asked-for", "one newcomer advertises, another asks each time before the same advert", room, 2, ["mallory"])


def raiders(room, n, domains=("free.example",)):
    names = []
    while len(names) < n:
        name = mash(room, 1) + room.dice.choice(["", "_", str(len(names)), "xx"])
        if name not in names:
            names.append(name)
    return [(name, f"{name}@{domains[number % len(domains)]}") for number, name in enumerate(names)]


def raid(name, what, n, text, gap=0.5, delay=(2, 5), lines=2, reached=20, domains=("free.example",), **said):
    """So many come, one every `gap` seconds, and each says so many lines a little later."""
    room = scene(name, talk=24)
    todo = []
    who = raiders(room, n, domains)
    for number, (nick, jid) in enumerate(who):
        at = room.ms + int(number * gap * 1000)
        todo.append((at, 0, nick, jid))
        for line in range(lines):
            at += int(room.dice.uniform(*delay) * 1000)
            todo.append((at, 1 + line, nick, jid))
    for at, line, nick, jid in sorted(todo):
        room.ms = at
        if line == 0:
            room.join(nick, jid)
        else:
            words = text(room, nick)
            more = words if isinstance(words, dict) else {"body": words}
            room.say(nick, more.pop("body", ""), **more)
            if room.dice.random() < 0.05:
                room.say(room.dice.choice(FRIENDS), room.dice.choice(["spam", "argh", "warden?", "raid!", "lol"]))
    end(name, what, room, reached, [nick for nick, _ in who], **said)


def mutated(room, _):
    text = room.dice.choice(ADVERTS)
    return text.translate(LOOKS if room.dice.random() < 0.4 else {}) + " " + mash(room, 1)


def raids():
    twenty = tuple(f"host{n}.example" for n in range(20))
    raid("raid-same-text", "fifty come and say the same", 50, lambda r, _: "WE ARE LEGION, THIS ROOM IS OURS NOW")
    raid("raid-mutated-text", "fifty come with an advert put differently each time", 50, mutated)
    raid("raid-babble", "fifty come and say nothing, each something else", 50, lambda r, _: mash(r, 7))
    raid("raid-one-word", "fifty come and say one short word", 50, lambda r, _: r.dice.choice(["lol", "XD", "raid", "hi"]), lines=4)
    raid("raid-twenty-domains", "two hundred come from twenty servers", 200, mutated, domains=twenty)
    raid("raid-one-domain", "forty come from one server with different words", 40, lambda r, _: mash(r, 9), gap=1, domains=("evil.example",))
    raid("raid-slow", "one every twenty seconds, each with the advert", 50, mutated, gap=20, delay=(4, 12))
    raid("raid-sleepers", "thirty come, wait six minutes, and speak at once", 30, lambda r, _: ADVERT, gap=2, delay=(360, 364), lines=1)
    raid("raid-pictures", "twenty come with pictures and no words", 20,
         lambda r, n: {"body": "", "oob": [f"https://pics.example/{digest(n).hex()[:9]}.jpg"]}, gap=1)
    raid("raid-private", "ten come and write to the bot in private", 10,
         lambda r, _: {"body": mutated(r, _), "kind": "private"}, gap=2, lines=4)
    # Who only comes has done nothing, and looks like a conference, a bridge, a netsplit: what counts is what they say then.
    raid("raid-silent", "sixty come without a word, wait for three minutes, and all babble at once", 60,
         lambda r, _: mash(r, 6), gap=0.5, delay=(180, 184), lines=1)
    raid("raid-mentions", "thirty come and call everybody by name", 30, lambda r, _: mentions(r)[0])

    room = scene("second-wave")
    first = raiders(room, 10)
    for nick, jid in first:
        room.join(nick, jid, spam=False)
        room.wait(1)
        room.say(nick, ADVERTS[0], spam=False)
        room.wait(1)
    room.wait(1800)
    second = raiders(room, 10, ("other.example",))
    for nick, jid in second:
        room.join(nick, jid)
        room.wait(3)
        for text in ADVERTS[:4]:
            room.say(nick, text)
            room.wait(2)
    end("second-wave", "half an hour after a wave others come with the same advert", room, 10, [it for it, _ in first + second])

    room = scene("two-rooms")
    first = raiders(room, 8)
    for nick, jid in first:
        room.join(nick, jid, spam=False)
        room.wait(2)
        room.say(nick, ADVERTS[0], spam=False)
        room.wait(2)
    other = Room("two-rooms-other", room="orchard@chat.example", scene=room)
    other.ms = room.ms - 600_000
    for nick in ["petra", "quentin", "runa"]:
        other.join(nick)
    Chatter(other, TOPICS, SHORT, ["petra", "quentin", "runa"]).run(12)
    other.ms = max(other.ms, room.ms) + 300_000
    second = raiders(other, 8, ("other.example",))
    for nick, jid in second:
        other.join(nick, jid)
        other.wait(3)
        for text in (ADVERTS[0], ADVERTS[2], ADVERTS[1]):
            other.say(nick, text)
            other.wait(3)
    end("two-rooms", "what one room had is known in the next", room, 8, [it for it, _ in first + second])


def main():
    for make in (floods, adverts, edits, presences, turns, talkers, raids):
        make()
