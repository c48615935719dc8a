"""What machines write and people paste: quiet scenes of newcomers, and attacks that dress up as such. See `make.py`."""

import sys

from attacks import end, lone, raid
from kit import HERE, Chatter, Room
from quiet import ENGLISH, gather, quiet

sys.path.insert(0, str(HERE / "talk"))
from banks import SHORT, TOPICS  # noqa: E402

ADVERT = "cheap replica watches, 70% off only today, order at https://watches.example/sale"


def talking(name, first):
    """A room in which four people talk about their machines."""
    room = Room(name)
    people = ENGLISH[first:first + 4]
    gather(room, people, 15)
    room.chatter = Chatter(room, {"servers": TOPICS["servers"]}, SHORT, people)
    room.chatter.run(12)
    return room


def pasting(name, what, first, lines, nick="visitor_kim"):
    """A newcomer who says these lines: a number is a pause, a text with a leading `+` follows at once."""
    room = talking(name, first)
    room.join(nick)
    room.wait(40)
    for line in lines:
        if isinstance(line, (int, float)):
            room.wait(line)
        elif line.startswith("+"):
            room.wait(0.3)
            room.say(nick, line[1:])
        else:
            room.type(nick, line)
    room.chatter.run(6)
    quiet(name, what, room)


def fetches(mirror, release, lists):
    return "\n".join(f"{'Hit' if n % 3 else 'Get'}:{n} http://{mirror} {release} amd64 {it}" for n, it in enumerate(lists, 1))


def kernel(minute, device, io, address, irq):
    stamp = f"Feb 27 09:{minute}:12 attic kernel:"
    return (f"{stamp} {device}: 4w7y0 at {io}, port tp, address  {address}, IRQ {irq}.\n"
            f"{stamp} 4w7y0.c:2.07 30Jan2026 maint@drivers.example\n{stamp} http://www.drivers.example/net/4w7y0.html")


def head(name, address, day, to, subject):
    return (f"-----Original Message-----\nFrom: {name} [mailto:{address}]\nSent: {day} March 2026 09:1{day}\n"
            f"To: {to}\nSubject: RE: [lamps] {subject}")


def newcomers():
    mirror, lists = "mirror.attic.example", ["base/Packages", "updates/Packages", "extra/Packages", "base/Release", "updates/Release"]
    pasting("pastes-fetches", "a newcomer pastes what a package manager printed, in two parts and then line by line", 2, [
        "hello, the update gives me errors since this morning, is that me or the mirror?",
        "[root@attic root]# kettle-get update\n" + fetches(mirror, "dist/9.2", lists) + "\nBad header line",
        12, fetches(mirror, "dist/9.2", lists[2:]) + "\nErr http://" + mirror + " dist/9.2 amd64 extra/Release\n400 Bad Request",
        30, "and the other one says", *[f"+Ign:{n} http://mirror.cellar.example dist/9.2 amd64 {it}" for n, it in enumerate(lists, 6)],
    ])
    pasting("pastes-corrected", "a newcomer pastes lines of configuration and puts them right at once", 8, [
        "the server from before works again",
        "rpm http://mirror.attic.example tools7 92\nrpm-src http://mirror.attic.example tools7 92",
        4, "rpm http://mirror.attic.example tools7 93\nrpm-src http://mirror.attic.example tools7 93",
        60, "with these two it does, thanks",
    ])
    pasting("pastes-kernel", "a newcomer pastes a kernel's log with hardware addresses, in two parts", 14, [
        "I put a newer kernel on the machine at home", "since then the network does not come up, or only half of it",
        "where there was one device I have two now:\n" + kernel(31, "eth0", "0x220", "00 10 5a 3e 0e 48", 5),
        2, kernel(32, "eth1", "0x300", "00 10 5a be 0e 48", 10),
    ])
    pasting("pastes-requests", "a newcomer pastes requests and answers of a web server", 20, [
        "our page goes round in circles, can anybody see why?",
        "> GET /lamps HTTP/1.1\n> Host: lamps.example\n< HTTP/1.1 301 Moved Permanently\n< Location: https://lamps.example/lamps/\n"
        "< X-Request-Id: 7f3a-11",
        8, "[2026-03-02T18:07:31Z] 10.0.0.17 GET https://lamps.example/lamps/ -> 301\n"
        "[2026-03-02T18:07:31Z] 10.0.0.17 GET https://lamps.example/lamps -> 301\n"
        "[2026-03-02T18:07:32Z] 10.0.0.17 GET https://lamps.example/lamps/ -> 301",
        25, "and this is the rule:\nlocation /lamps { proxy_pass http://10.0.0.7:8080/lamps; }",
        10, "sorry, now it is\nlocation /lamps/ { proxy_pass http://10.0.0.7:8080/lamps; }",
    ])
    pasting("pastes-commits", "a newcomer pastes what was written to two commits", 26, [
        "who knows why these two are not in the release?",
        "commit 3f7a91c\nDate:   Mon Mar 2 11:02:13 2026 +0100\n\n    lamps: do not flicker\n\n"
        "    Reported-by: Ida Holm <ida@lamps.example>\n    Signed-off-by: Jon Berg <jon@lamps.example>",
        3, "commit 88c02de\nDate:   Mon Mar 2 11:40:51 2026 +0100\n\n    lamps: glow at night\n\n"
        "    Reviewed-by: Ida Holm <ida@lamps.example>\n    Signed-off-by: Jon Berg <jon@lamps.example>",
    ])
    countdown = ["".join(f"07:40:{n % 60:02} box a-b has {n} left\n" for n in range(start, start - 14, -1)) for start in (57, 43, 29)]
    pasting("pastes-countdown", "a newcomer pastes a log with a short name in each line", 32, ["slow again, see", *countdown])


def mails():
    room = talking("quotes-mails", 5)
    who = ["visitor_lea", "visitor_mik", "visitor_noa", "visitor_oda", "visitor_pit"]
    says = ["not every box of that maker is bad, mine has run for years", "I would take the small one", "same here, by the way",
            "that is what I told them on the list", "he knows why"]
    people = [("Rosa Lind", "rosa.lind@works.example"), ("Tom Ek", "tom@ek.example"), ("Vera Sund", "vs@sund.example")]
    for n, (nick, text) in enumerate(zip(who, says)):
        room.join(nick)
        room.wait(30)
        room.type(nick, text)
        for name, address in people[n % 3:][:2]:
            room.wait(5)
            room.say(nick, head(name, address, 1 + n, "lamps@lists.example", "which of the boxes is quiet"))
        room.chatter.run(6)
    room.say(who[0], "Forwarded-by: Tom Ek <tom@ek.example>\nForwarded-by: \"Vera S.\" <vs@sund.example>")
    room.wait(14)
    room.say(who[0], "Forwarded-by: Tom Ek <tom@ek.example>\nForwarded-by: Rosa <rosa.lind@works.example>")
    room.chatter.run(6)
    quiet("quotes-mails", "newcomers paste the mails that they answer, with the same people in their heads", room)


def log_line(room, text):
    stamp = f"2026-03-02 18:{room.dice.randrange(60):02}:{room.dice.randrange(60):02}"
    return f"{stamp} INFO shop[{room.dice.randrange(999)}]: {text}"


def junk(room, text):
    """An address between words that only machines write, others each time."""
    dice = room.dice
    return (f"[18:{dice.randrange(60):02}:{dice.randrange(60):02}] [shop] GET /sale/items -> 200 {text} "
            f"pid={dice.randrange(9000)} uid=1000 gid=0x{dice.randrange(255):x}")


def disguises():
    page = "https://watches.example/sale"
    mail_head = (f"From: Best Watches <sales@watches.example>\nTo: everybody here\nSubject: cheap replica watches, 70% off today\n"
                 f"X-Shop: {page}")
    code = f'// cheap replica watches for everybody\nlet shop = "{page}"; // 70% off only today'
    lone("advert-as-log", "an advert as a line of a log, at another time each time", lambda r: [log_line(r, ADVERT) for _ in range(8)],
         20, reached=2)
    lone("advert-as-head", "an advert as the head of a mail", lambda r: [mail_head] * 8, 25, reached=2)
    lone("advert-as-code", "an advert as a remark in code", lambda r: [code] * 8, 25, reached=2)
    lone("advert-in-junk", "a shop's page and nothing to read, between words of machines",
         lambda r: [junk(r, f"{page} watches") for _ in range(8)], 35, reached=2)
    lone("advert-handle-as-log", "an invitation as a line of a log", lambda r: [junk(r, "write t.me/bestwatches") for _ in range(8)], 20,
         reached=2)
    lone("advert-after-log", "an advert below a line of a log, in other words each time",
         lambda r: [f"{junk(r, 'ok')}\n{text} {page}" for text in ["the best watches are at", "look what I have found for you:", "order now:"] * 2],
         30, reached=2)
    raid("raid-as-log", "ten come with an advert as a line of a log", 10, lambda r, _: log_line(r, ADVERT), gap=3, reached=8)
    raid("raid-in-junk", "ten come with a page between words of machines", 10, lambda r, _: junk(r, f"{page} watches"), gap=3, reached=8)
    raid("raid-as-head", "ten come with an advert as the head of a mail", 10, lambda r, _: mail_head, gap=3, reached=8)


def main():
    for make in (newcomers, mails, disguises):
        make()
