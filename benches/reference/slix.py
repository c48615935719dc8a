"""A bot on slixmpp: slix.py ADDRESS PORT JID PASSWORD NICK ROOM...: joins the rooms and echoes `!echo TEXT`."""

import asyncio
import sys

import slixmpp


class Echo(slixmpp.ClientXMPP):
    def __init__(self, jid, password, nick, rooms):
        super().__init__(jid, password)
        self.nick, self.rooms = nick, rooms
        self.register_plugin("xep_0045")
        self["feature_mechanisms"].unencrypted_plain = True
        self["feature_mechanisms"].unencrypted_scram = True
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("groupchat_message", self.on_message)

    async def on_start(self, _event):
        self.send_presence()
        for room in self.rooms:
            self["xep_0045"].join_muc(room, self.nick)
            # Lets what has come in be read between two joins.
            await asyncio.sleep(0)

    def on_message(self, message):
        body = message["body"]
        if message["mucnick"] != self.nick and body.startswith("!echo "):
            text = f"{message['mucnick']}: {body[6:]}"
            self.send_message(mto=message["from"].bare, mbody=text, mtype="groupchat")


def main():
    host, port, jid, password, nick, *rooms = sys.argv[1:]
    if rooms[0].startswith("@"):
        rooms = open(rooms[0][1:], encoding="utf-8").read().split()
    bot = Echo(jid, password, nick, rooms)
    bot.enable_direct_tls = False
    bot.enable_starttls = False
    bot.enable_plaintext = True
    bot.connect(host, int(port))
    bot.loop.run_forever()


main()
