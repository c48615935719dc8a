description = Следит за порядком в комнате по слову модераторов и владельцев.

help-kick = Выгоняет; вернуться можно.
help-mute = Лишает голоса на время, даже если выйти и вернуться.
help-unmute = Снимает мут.
help-voice = Даёт голос и снимает мут.
help-devoice = Лишает голоса до выхода из комнаты.
help-who = Говорит, кто здесь, с уровнем и JID, — лично.
help-recent = Говорит, кто недавно вышел и что сказал напоследок.
help-ban = Закрывает вход, пока бан не снимут.
help-tempban = Закрывает вход на время.
help-unban = Снимает бан.
help-banlist = Говорит, кто забанен, — лично; со словом — только то, где оно есть.
help-moderator = Делает модератором до выхода из комнаты.
help-member = Делает постоянным участником.
help-none = Лишает постоянного участия и всех более высоких прав.
help-subject = Показывает тему или меняет её; "" убирает.
help-say = Говорит что-нибудь от имени бота.
help-admin = Делает администратором комнаты.
help-owner = Делает владельцем комнаты.

arg-who = ник или JID
arg-reason = причина
arg-span = срок
arg-text = текст
arg-part = часть
arg-nick = ник
arg-number = число

done-kick = выгнал: { $who }
done-mute = заглушил на { $span }: { $who }
done-unmute = снова можно говорить: { $who }
done-voice = дал голос: { $who }
done-devoice = лишил голоса: { $who }
done-moderator = сделал модератором до выхода: { $who }
done-ban = забанил: { $who }
done-tempban = забанил на { $span }: { $who }
done-unban = разбанил: { $who }
done-member = сделал постоянным участником: { $who }
done-admin = сделал администратором: { $who }
done-owner = сделал владельцем: { $who }
subject-set = Тема изменена.
say-done = Сказал.
done-none = лишил особых прав: { $who }
outcome = { $outcome }: { $who }
failed = { $who }: { $why }

absent = { $nick } сейчас не здесь.
absent-kick = { $nick } сейчас не здесь. Чтобы закрыть вход: бан { $nick }
no-jid = Я не знаю JID { $nick }: эта комната мне его не показывает. Назовите JID сами.
no-jid-not-moderator = Я не знаю JID { $nick }: чтобы его видеть, мне нужно быть здесь модератором или администратором. Сделайте меня администратором или назовите JID сами.
not-banned = { $jid } не в бане.
span-zero = Срок должен быть больше нуля.

subject-now = Тема: { $subject }
subject-none = Темы нет.

banlist-empty = Никто не забанен.
banlist-head = { $n ->
    [one] Забанен { $n }:
    [few] Забанено { $n }:
   *[many] Забанено { $n }:
  }
banlist-line = { $jid } — { $reason }
who-head = { $n ->
    [one] Кроме меня здесь { $n } человек:
    [few] Кроме меня здесь { $n } человека:
   *[many] Кроме меня здесь { $n } человек:
  }
who-line = { $nick } — { $level }
who-line-jid = { $nick } — { $level }, { $jid }
who-since = Здесь уже { $span }.
recent-none = В последнее время никто не выходил.
recent-line = { $nick }, { $ago } назад: «{ $said }»
recent-line-silent = { $nick }, { $ago } назад, без единого слова
sent-in-private = Отправил вам лично.

option-mute_span = На сколько «мут» отбирает голос, если срок не назван.
option-ban_span = На сколько «темпбан» закрывает вход, если срок не назван.
