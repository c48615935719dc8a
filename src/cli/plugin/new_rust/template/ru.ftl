description = Приветствует людей.
help-@word@ = Приветствует кого-нибудь или вас.
arg-nick = ник
hello = Здравствуйте, { $nick }!
welcome = Добро пожаловать, { $nick }!
