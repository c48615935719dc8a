# Что говорит сам домовой.

answer-too-long = … и ещё { $n ->
    [one] { $n } строка
    [few] { $n } строки
   *[other] { $n } строк
  }: для одного ответа слишком много, спросите о части
answer-more = … скажите «{ $prefix }ещё», чтобы увидеть остальное
command-unknown = Такой команды я не знаю. Список команд: «помощь».
refusal-unseen = Вашего адреса я в этой комнате не вижу. Если вы мой владелец, скажите это мне в личной переписке, назвав сначала комнату, или зайдите сюда заново, если я с тех пор здесь администратор.
line-repeated = «{ $line }» пришло несколько раз за две минуты, а по вашему клиенту мне не видно, что им пользуется человек, поэтому пока я на это не отвечаю: два бота отвечали бы друг другу без конца. Подождите две минуты или скажите что-нибудь другое.
command-busy = Слишком много дел сразу, попробуйте чуть позже.
did-you-mean = Может быть, «{ $command }»?
fault-in-command = Не получилось (сбой { $number }). Причину могут прочитать владельцы бота.

# Собственные команды домового.

core-description = Помощь, настройки, права и всё, что касается самого бота.

arg-command = команда
arg-server = сервер
arg-who = кто

help-help = Перечисляет, о чём меня можно попросить здесь, или объясняет одну команду.
help-commands = Перечисляет все команды, которые вам здесь доступны.
help-more = Показывает остаток моего последнего длинного ответа.
help-about = Говорит, кто я такой.
help-ping = Отвечает, что я здесь; а если назвать кого-то или сервер — за сколько оттуда приходит ответ.
help-version = Говорит, какой программой кто-то пользуется, или какая на сервере.
help-time = Говорит, который час у кого-то или на сервере.
help-uptime = Говорит, сколько времени работаю я или сервер.

help-usage = { $usage } — { $what }
help-example = Например: { $example }
help-level = Нужен уровень: { $level } ({ $number })
help-aliases = Иначе: { $names }
help-direct-only = Только в личной переписке со мной.
help-footer = Подробнее об одной из них: { $prefix }помощь КОМАНДА
help-of-rooms = То, что касается комнаты, здесь начинается с её адреса: { $room } помощь
commands-list = Вам доступны: { $commands }
commands-below = С «{ $word }» начинаются: { $commands }. Объяснит «помощь { $word }».
more-nothing = Больше ничего нет.
about = Я домовой (domovoi { $version }), хранитель этой комнаты: слежу за порядком и отзываюсь на «{ $prefix }помощь».

ping-pong = понг
ping-took = { $name } отвечает за { $seconds } с.
version-own = Я domovoi { $version }.
version-of = { $name } пользуется { $version }.
time-own = Сейчас { $time } ({ $zone }).
time-of = У { $name } сейчас { $time }.
uptime-own = Я работаю уже { $span }.
uptime-of = { $name } работает уже { $span }.
entity-no-answer = { $name } не отвечает.
entity-refused = { $condition ->
    [remote-server-not-found] Сервера для { $name } не найти.
    [remote-server-timeout] До сервера { $name } не достучаться.
    [service-unavailable] { $name } этого не сообщает.
    [feature-not-implemented] { $name } этого не сообщает.
    [undefined-condition] Клиент { $name } не смог этого сообщить.
    [internal-server-error] Клиент { $name } не смог этого сообщить.
   *[other] { $name } не говорит: { $why }
  }
entity-only-servers = Серверы я спрашиваю по адресу ({ $server }), а людей — только по нику того, кто здесь.
farewell = Ухожу спать
reason-banned = забанен
reason-time-over = время вышло

# Незнакомцы и известия владельцам.

stranger = Я бот и помогаю в комнатах. Пишите мне там: «помощь» (или “help”) в личном сообщении в комнате расскажет больше.
notice-fault = Сбой { $number }: плагин { $plugin } не справился ({ $doing }): { $what }. Подробнее — «сбой { $number }» (“error { $number }”).
notice-rests = Плагин { $plugin } сбоил десять раз за минуту и теперь отдыхает: { $span }.
notice-goes-on = Плагин { $plugin } сбоил десять раз за минуту. Он работает дальше, ведь без него следить за порядком некому, но может что-то пропускать. Что не так, покажет “error”; ещё раз скажу не раньше чем через { $span }.
notice-plugins = С плагинами на Lua что-то не так; ошибочные работают в прежнем виде:
notice-account = Я отказался от учётной записи { $account }: { $why }. Она останется не в сети, пока не изменятся её настройки, конфигурацию не перечитают или меня не перезапустят.
notice-room = Меня нет в { $room }, и сам я туда не вернусь: { $why }. Попробовать снова: “rooms join { $room }”.
notice-config = В конфигурации { $number ->
    [one] { $number } ошибка
    [few] { $number } ошибки
   *[many] { $number } ошибок
  }, поэтому действует прежняя:
notice-store = Не могу записать то, что должен помнить: { $why }. Пока это не исправлено, держу в памяти.
notice-left-out = { $number ->
    [one] Ещё { $number } сообщение пропущено: оно есть в журнале.
    [few] Ещё { $number } сообщения пропущены: они есть в журнале.
   *[many] Ещё { $number } сообщений пропущено: они есть в журнале.
}
notice-faults-left-out = { $number ->
    [one] Ещё { $number } сбой плагинов остался несказанным; он в журнале.
    [few] Ещё { $number } сбоя плагинов остались несказанными; они в журнале.
   *[other] Ещё { $number } сбоев плагинов осталось несказанными; они в журнале.
}
notice-asides-left-out = { $number ->
    [one] Ещё { $number } приглашение или сообщение о правах пропущено; приглашения покажет “invites”.
    [few] Ещё { $number } приглашения и сообщения о правах пропущены; приглашения покажет “invites”.
   *[many] Ещё { $number } приглашений и сообщений о правах пропущено; приглашения покажет “invites”.
}

invite-waiting = { $inviter } приглашает меня в { $room }. Ответьте “invites accept { $room }” или “invites refuse { $room }”.
invite-waiting-why = { $inviter } приглашает меня в { $room } («{ $why }»). Ответьте “invites accept { $room }” или “invites refuse { $room }”.

# Что боту можно в комнате.

rights-head = В { $room } мой уровень: { $level }.
rights-can = Могу: { $list }.
rights-cannot = Не могу: { $list }.
list-and = { $first }, { $second }
power-say = говорить
power-kick = выгонять
power-voice = давать и отбирать голос
power-moderate = отзывать сообщения
power-ban = банить
power-affiliation = менять права участников
power-subject = менять тему
power-room-config = менять настройки комнаты
need-entry = Чтобы это изменить, впустите меня.
need-voice = Чтобы это изменить, дайте мне голос или сделайте постоянным участником.
need-moderator = Чтобы это изменить, сделайте меня администратором комнаты или модератором, пока я здесь.
need-admin = Чтобы это изменить, сделайте меня администратором комнаты.
need-owner = Чтобы это изменить, сделайте меня владельцем комнаты.
need-address = Мой адрес, если его спросит клиент: { $address }
need-moderated-room = Сделайте комнату модерируемой, иначе лишение голоса может не подействовать.
need-message-moderation = Чтобы это изменить, на сервере надо включить модерацию сообщений (XEP-0425).
need-nothing = Всего хватает.
need-owner-perhaps = Больше ничего не нужно; владельцем я бы ещё закрывал комнату для новичков при налёте.

# Изменения.

change-wrong = Так нельзя: { $why }
change-fixed = Мои настройки нельзя менять на ходу.
change-not-stored = Не удалось это записать, поэтому ничего не изменилось. Причина — в журнале.

arg-account = учётка
arg-answer = ответ
arg-language = язык
arg-level = уровень
arg-nick = ник
arg-number = номер
arg-password = пароль
arg-plugin = плагин
arg-prefix = префикс
arg-room = комната
arg-setting = плагин.настройка
arg-span = на сколько
arg-value = значение
arg-where = где
arg-zone = часовой пояс

help-prefix = Говорит, с чего здесь начинаются команды, или меняет это.
help-language = Говорит или задаёт язык этой комнаты; в личном сообщении — язык, на котором я отвечаю вам.
help-timezone = Говорит, по каким часам здесь время, или меняет это.
help-config-diff = Перечисляет, что изменено через чат по сравнению с файлом.
prefix-wrong = С «{ $given }» команды начинаться не могут: нужно от 1 до 8 знаков без пробелов.
timezone-unknown = Часового пояса «{ $given }» я не знаю; пояс пишется так: Europe/Moscow.
prefix-is = Команды здесь начинаются с «{ $prefix }».
timezone-is = Время здесь — { $zone }, сейчас { $time }.
language-is = Я отвечаю на языке «{ $language }».
language-unknown = Языка «{ $given }» я не знаю, только: { $spoken }.
language-yours = Теперь лично вам я отвечаю по-русски.
language-room = Теперь я говорю здесь по-русски.
language-too-many = Я помню столько людей, что ещё одного не запомню.
config-same = Через чат ничего не менялось: действует файл.
config-changed = { $key }: { $file } → { $value } ({ $by }, { $at })
config-new = { $key }: { $value } ({ $by }, { $at })

help-setup = Задаёт вам лично три вопроса об этой комнате и настраивает её.
setup-language = Настраиваем { $room }. «Дальше» оставит всё как есть, «стоп» прекратит. На каком языке мне там говорить: en или ru? Сейчас: { $now }
setup-guard = Как охранять комнату: { $presets } или off (никак)? Сейчас: { $now }
setup-preset = { $preset ->
    [public] public (прийти может любой)
    [support] support (приносят логи и код)
    [friends] friends (все друг друга знают)
    [strict] strict (комната под ударом)
   *[other] { $preset }
  }
setup-guard-observes = { $preset } (только наблюдает; действовать начнёт по команде «страж вкл»)
setup-guard-off = { $preset } (но страж не смотрит; действовать начнёт по команде «страж вкл»)
setup-not-understood = «{ $given }» — не ответ на этот вопрос.
setup-records = Что записывать: full (всё сказанное), events (кто пришёл, ушёл и кого наказали) или off (ничего)? Сейчас: { $now }
setup-done = Готово. { $room } — язык: { $language }, охрана: { $guard }, записи: { $records }.
setup-none = Я ни о чём не спрашивал. Начать можно командой «настройка».
setup-stopped = Прекращено, ничего не изменилось.

help-plugin-list = Перечисляет плагины и говорит, включены ли они здесь.
help-plugin-on = Включает здесь плагин.
help-plugin-off = Выключает здесь плагин.
help-plugin-set = Меняет здесь настройку плагина.
help-plugin-unset = Отменяет изменение настройки, чтобы снова действовал файл.
help-plugin-get = Показывает настройку плагина или все сразу.
plugin-is-on = { $plugin }: включён — { $what }
plugin-is-off = { $plugin }: выключен — { $what }
plugin-now-on = { $plugin }: включён.
plugin-now-on-mode = { $plugin }: включён, режим { $mode }.
plugin-now-off = { $plugin }: выключен.
plugin-off-here = Плагин { $plugin } здесь выключен, и эту команду никто не слышит. Чтобы включить: плагин вкл { $plugin }
plugin-setting = { $setting } = { $value } — { $what }
plugin-setting-whole = { $line } ({ $kind }; по умолчанию { $default }; { $origin })
undescribed = (для чего, никто не написал)
plugin-is = { $plugin }: { $what }
plugin-command = «{ $usage }» — { $what }
help-plugin-help = Показывает, зачем плагин, его команды и настройки с допустимыми значениями.
origin-default = не задано
origin-file = задано в файле для всех комнат
origin-file-here = задано в файле для этой комнаты
origin-chat = задано в чате для всех комнат
origin-chat-here = задано в чате для этой комнаты
plugin-secret = { $setting } — тайна: задайте её в личной переписке со мной, назвав сначала комнату; а если она уже прозвучала в комнате, придумайте другую.
plugin-wrong-value = Значением { $setting } не может быть «{ $given }»: нужно { $kind }.
plugin-no-settings = У { $plugin } нет настроек.
plugin-unknown = Плагина «{ $given }» нет. Есть: { $all }.
plugin-which-setting = Какую настройку «{ $given }»? Напишите через точку, например guard.preset.
help-plugin-load = Загружает плагин на Lua из его папки.
help-plugin-reload = Заново загружает плагин на Lua из его папки.
help-plugin-unload = Убирает плагин на Lua, пока его не загрузят снова или пока я не запущусь заново.
help-plugin-perms = Показывает, что плагину разрешено и что из этого он делал за последние семь дней.
help-plugin-hook = Показывает адрес в сети, по которому вызывают плагин; «новый» делает другой.
arg-new = новый
hook-is = { $plugin } вызывают запросом POST на { $url } — для одной комнаты добавьте ?room=КОМНАТА. Вызвать может каждый, кто знает адрес.
hook-key = Ключ для подписей: { $key }
hook-any = Подписи может не быть, но не может быть неверной или повторной. Только с подписью: плагин адрес { $plugin } подпись
hook-signed = Принимаются только вызовы с подписью, каждый один раз. Любые: плагин адрес { $plugin } любые
hook-not-wanted = { $plugin } из сети не вызвать: у него нет on.webhook.
hook-not-granted = Пока у { $plugin } нет разрешения hook, вызовы отклоняются.
hook-no-web = У меня нет адреса в сети: задайте [web] listen в конфигурации.
perms-declared = { $plugin } просит: { $powers }
perms-granted = Разрешено: { $powers }
perms-granted-here = Разрешено здесь: { $powers }
perms-withheld = Не разрешено: { $powers }. Чтобы разрешить, запишите powers = [{ $all }] в [plugins.{ $plugin }].
perms-none = ничего
perms-used = За последние семь дней использовано: { $counts }
perms-unused = За последние семь дней не использовано ничего.
perms-denied = Безуспешных попыток: { $counts }
plugin-replaced = Меня в это время загрузили заново. Повторите, пожалуйста.
plugin-unloaded = { $plugin }: убран; «plugin load { $plugin }» вернёт его.
plugin-reloaded = { $plugin }: загружен.
plugin-not-reloaded = { $plugin }: есть ошибки, он не загружен; если был прежний, работает прежний:
plugin-compiled-in = { $plugin } — часть программы, заново его не загрузить.
plugin-no-folder = Папки «{ $given }» с файлом init.lua среди моих плагинов нет.
plugin-rests = { $plugin }: слишком часто сбоил, отдыхает ещё { $span }.
plugin-no-such-setting = Настройки «{ $given }» нет. Есть: { $all }.

help-access-show = Говорит ваш или чей-то уровень и какие уровни выданы здесь.
help-access-set = Даёт кому-то уровень здесь или везде, навсегда или на время.
help-access-unset = Снимает выданный уровень.
help-ignore = Велит мне не слышать кого-то, навсегда или на время.
help-unignore = Велит мне снова слышать кого-то.
access-yours = Ваш уровень: { $level } ({ $number }).
access-is = { $name }: { $level } ({ $number }).
access-given = { $name }: { $level } ({ $number }) { $place }, дано: { $by }.
access-given-until = { $name }: { $level } ({ $number }) { $place }, ещё { $left }, дано: { $by }.
access-here = в этой комнате
access-everywhere = везде
access-has = { $name }: { $level } ({ $number }) { $place }.
access-has-until = { $name }: { $level } ({ $number }) { $place }, ещё { $left }.
access-nothing = Ничего такого { $name } здесь не выдавали.
access-yourself = Не самому себе.
by-me = я сам ({ $plugin })
by-owner = владелец бота
by-absent = некто с правами, кого здесь нет
access-unsure = Не могу прочитать, кто владельцы и администраторы комнаты, поэтому не знаю, что может { $name }.
access-above = У { $name } уровень не ниже вашего.
access-too-high = Там вы можете дать самое большее { $level } ({ $number }).
access-too-high-here = Уровень, данный в одной комнате, — самое большее { $level } ({ $number }), а у вас больше. Если у { $name } должно быть { $asked }, дайте его везде: доступ дать { $name } { $asked } everywhere
access-in-file = { $name } — владелец бота по конфигурации.
access-needs-jid = Я не знаю JID { $name }, а без него «везде» нельзя.
access-unknown-again = После ухода я не узнаю { $name }.
access-given-above-open = Это выдал тот, кто выше вас; снять может только владелец бота.
access-given-above = Это выдано: { $by }; снять может только владелец бота.
access-no-level = «{ $given }» — не уровень: напишите число от -100 до 100 или слово: игнор, гость, участник, постоянный, модератор, администратор, владелец.

help-rooms-list = Перечисляет мои комнаты и как в них дела.
help-rooms-join = Велит мне войти в комнату, сейчас и после каждого запуска.
help-rooms-leave = Велит мне уйти из комнаты насовсем.
help-rooms-move = Передаёт комнату другой моей учётной записи.
help-invites = Перечисляет приглашения, которые вас ждут.
help-invites-accept = Принимает приглашение.
help-invites-refuse = Отклоняет приглашение.
room-line = { $room }: { $state }, { $account }, { $people ->
    [one] { $people } человек
    [few] { $people } человека
   *[many] { $people } человек
  }{ $rights }
room-rights = , { $rights }
room-in = на месте
room-out = не в комнате ({ $why })
room-out-waits = не в комнате: { $why }; ещё раз через { $span }
room-out-stopped = не в комнате: { $why }; кто-то должен помочь
trouble-banned = я там забанен
trouble-outcast = меня забанили
trouble-members-only = войти могут только участники из её списка
trouble-removed = остаться могут только участники из её списка, а я не из них
trouble-password = пароль не указан или неверен
trouble-full = комната полна
trouble-too-many = комната полна, или у этой учётной записи слишком много комнат
trouble-missing = такой комнаты нет (с «create = true» в её таблице я её создам)
trouble-may-not-create = такой комнаты нет, и создать её мне нельзя
trouble-created = такой комнаты не было, и я сразу ушёл
trouble-nick-policy = комната не принимает мой ник
trouble-nick-taken = мой ник занят, и похожие тоже
trouble-gone = комнаты больше нет
trouble-destroyed = комнату удалили
trouble-captcha = комната требует капчу
trouble-remote-server = сервер комнаты недоступен
trouble-no-answer = комната не ответила
trouble-kicked = меня выгнали
trouble-shutdown = сервис комнат выключается
trouble-technical = меня убрали по технической причине
trouble-silent-loss = комната молча меня потеряла
trouble-restarted = сервер перезапустили
trouble-stream-lost = соединение учётной записи оборвалось
trouble-refused = комната отказала ({ $condition })
trouble-by = { $what } ({ $by })
trouble-because = { $what }: { $reason }
trouble-whither = { $what }, все ушли в { $address }
room-unserved = { $room }: никто не обслуживает
room-left = { $room }: ушёл
rooms-none = Я не состою ни в одной комнате.
room-unknown = { $room } — не моя комната. Мои перечислит «комнаты» (“rooms”).
rooms-secret = Пароль — тайна: скажите его в личной переписке.
rooms-joining = Вхожу в { $room }.
rooms-again = Пробую снова: { $room }.
rooms-leaving = Ухожу из { $room }.
rooms-moving = Комнату { $room } берёт { $account }.
rooms-no-account = Учётной записи «{ $given }» у меня нет. Есть: { $all }.
rooms-not-in = { $room } — не моя комната.
invites-none = Приглашений нет.
invites-no-such = В { $room } меня никто не звал, или это было слишком давно.
invites-refused = Отклонено: { $room }.

help-status = Говорит, как у меня дела.
help-accounts = Перечисляет мои учётные записи и как у них дела.
help-acts = Перечисляет, что и для кого я здесь делал: за последнее время или для кого-то одного.
help-error = Показывает сбой по номеру.
help-quit = Завершает мою работу.
help-restart = Завершает мою работу и запускает меня снова.
status = Работаю { $up }; учётных записей в сети: { $online } из { $accounts }; комнат: { $joined } из { $rooms }, в них { $people ->
    [one] { $people } человек
    [few] { $people } человека
   *[many] { $people } человек
  }; сбоев: { $faults }.
status-memory = Память: { $mib } МиБ.
status-store = Хранилище сейчас не принимает изменений, в памяти { $waiting ->
    [one] ждёт { $waiting }
   *[other] ждут { $waiting }
  }.
account-line = { $account } ({ $jid }): { $state }, комнат: { $rooms } из { $most }
account-online = в сети
account-offline = не в сети ({ $why })
acts-none = Ничего такого я здесь не делал.
act-line = { $at } { $what } — { $by }: { $result }
error-unknown = Сбоя { $number } я не знаю; помню последние 200 с моего запуска.
error-is = Сбой { $number }: { $plugin }, { $doing }, комната { $room }, последний раз { $at }, { $times ->
    [one] { $times } раз
    [few] { $times } раза
   *[many] { $times } раз
  }:
quit-bye = До свидания.
restart-bye = Сейчас вернусь.
restart-broken = Не перезапускаюсь, иначе не вернусь: в конфигурации { $number ->
    [one] { $number } ошибка
    [few] { $number } ошибки
   *[many] { $number } ошибок
  }:

# Дела: что сделано автоматически.

arg-confirm = !
arg-deed = что
help-incident = Показывает, что я сделал сам в одном деле: почему, что было сказано, что ответил сервер.
help-incidents = Перечисляет дела за сутки или за другой срок.
help-case = Показывает историю человека здесь: дела о нём и что с ним делали, под любым ником.
help-explain = Объясняет, что я решил последним о ком-то или вообще, даже если ничего не сделал.
help-why = Говорит вам, почему вас заглушили, выгнали или забанили.
help-undo = Отменяет дело: голос, баны, форма комнаты, записи списков. Что люди поменяли потом, остаётся.
help-since = Показывает, выгоняет, глушит или банит всех, кто вошёл за срок; «!» в конце — выполнить.
help-alerts = Говорит, кого я извещаю о том, что делаю сам, или меняет это: private, off либо JID комнаты или человека.

reason-case = { $reason } [дело #{ $number }]
reason-undo = дело #{ $number } отменено
reason-since = касается всех, кто вошёл за { $span }
notice-budget = В { $room } мне пришлось бы выгнать больше людей, чем можно за раз, поэтому лишнее я придерживаю. Либо это налёт, либо со мной что-то не так: смотрите «{ $room } инцидент { $number }»; «отмени» отменяет дело, «{ $room } plugin off guard» остановит меня.

case-line = #{ $number }, { $at }: { $who } — { $what }. { $why }
case-line-undone = #{ $number }, { $at }: { $who } — { $what }. { $why } — отменено: { $by }
case-head = Дело #{ $number }, { $at }, { $plugin }, { $mode }: { $who }
case-head-raid = Дело #{ $number }, с { $at }, { $plugin }, { $mode }: налёт, ещё идёт. { $who }
case-head-raid-over = Дело #{ $number }, с { $at } до { $until }, { $plugin }, { $mode }: налёт. { $who }
case-raid = налёт ({ $people ->
    [one] { $people } человек
    [few] { $people } человека
   *[other] { $people } человек
  })
case-raid-begins = налёт
case-why-certain = { $what }: { $why }
case-why = { $what } ({ $points }): { $why }
case-said = { $at } { $nick }: «{ $text }»
case-deed = { $at } { $what }: { $result }
case-deeds = { $at } { $what }, раз: { $times }; { $result }
case-outcome = { $what }: { $result }
case-undone = Отменено: { $by }, { $at }.
case-commands = Ответить можно так: { $aim }отмени { $number } · { $aim }инцидент { $number } · { $aim }дело { $nick }
case-commands-raid = Ответить можно так: { $aim }отмени { $number } · { $aim }инцидент { $number } · { $aim }за 10m кик
case-commands-undone = Подробнее: { $aim }инцидент { $number }
case-left-out = { $number ->
    [one] Ещё об { $number } деле не сказано: «инциденты 1h».
    [few] Ещё о { $number } делах не сказано: «инциденты 1h».
   *[other] Ещё о { $number } делах не сказано: «инциденты 1h».
}
case-unknown = Дела «{ $given }» я здесь не знаю; дела хранятся 30 дней. Последние перечислит «инциденты».
case-nothing = Ничего о { $who } я здесь не знаю.
case-person = Здесь известен как: { $nicks }
case-person-jid = Здесь известен как: { $nicks } ({ $jids })
cases-none = За { $span } я здесь ничего не делал сам.
mode-observed = только наблюдение
mode-enforced = выполнено
deed-retract = сообщение отозвано
deed-mute = заглушён
deed-unmute = дан голос
deed-kick = выгнан
deed-ban = забанен
deed-affiliation = запись списка
deed-role = роль
deed-configure = форма комнаты изменена
deed-private = сказано лично
deed-warn = предупреждён
deed-note = замечено
deed-raid-on = начался налёт
deed-raid-off = налёт окончен
deed-say = сказано
deed-subject = тема изменена
deed-role-to = { $to ->
    [moderator] сделан модератором
    [participant] дан голос
    [visitor] лишён голоса
   *[other] выгнан
  }
deed-affiliation-to = { $to ->
    [owner] сделан владельцем
    [admin] сделан администратором
    [member] сделан постоянным участником
    [outcast] забанен
   *[other] убран из списков
  }
deed-unban = разбанен
deed-for = на { $span }
result-done = сделано
result-already = так уже было
result-observed = только наблюдение, ничего не сделано
result-held = придержано, слишком много за раз
result-at-return = будет сделано при возвращении
result-left = к тому времени уже ушли
result-failed = не вышло. { $why }

explain-points = , очков { $n }
explain-done = { $at } { $who }: { $what }{ $points }, решило правило { $rule }:
explain-observed = { $at } { $who }: иначе { $what }{ $points }, правило { $rule }; здесь только наблюдение:
explain-noted = { $at } { $who }: { $what }{ $points }, { $rule }; ничего не сделано:
explain-case = Подробнее: инцидент { $number }
explain-nothing = Против { $who } в последнее время ничего нет.
explain-nothing-at-all = В последнее время ни против кого ничего нет.

why-nothing = Мне неизвестно, чтобы с вами что-то сделали.
why-is = { $at }: { $what }, автоматически: { $reason } (дело #{ $number }). Если это ошибка, назовите модератору этот номер.
why-by-moderator = { $at }: { $what }, решил модератор: { $reason }
why-by-moderator-bare = { $at }: { $what }, так решил модератор, не назвав причины.
why-by = { $at }: { $what }, решение { $by }: { $reason }
why-by-bare = { $at }: { $what }, решение { $by }, причина не названа.
you-mute = вас лишили голоса
you-kick = вас выгнали
you-ban = вас забанили
why-in = { $room }: { $what }

undo-begins = Дело #{ $number }, восстановить: { $steps }
undo-nothing = Из дела #{ $number } больше ничего не в силе.
undo-again = Дело #{ $number } уже отменено: { $by }, { $at }.
undo-voice = { $who }: заглушён → может говорить
undo-ban = { $who }: забанен → { $affiliation ->
    [member] постоянный участник
   *[other] может войти
  }
undo-kept-out = { $who }: не впускается → может войти
undo-affiliation = { $who }: { $from } → { $affiliation }
affiliation-owner = владелец
affiliation-admin = администратор
affiliation-member = постоянный участник
affiliation-none = без особых прав
affiliation-outcast = забанен
undo-form = { $key }: { $now } → { $before }
undo-form-then = { $key }: { $now } → { $before }, потому что с этим налёт окончен
undo-not-muted = { $who }: по этому делу уже не заглушён
undo-not-banned = { $who }: уже не забанен
undo-others-ban = { $who }: с тех пор забанен кем-то другим, это остаётся
undo-others-form = { $key }: с тех пор изменено кем-то другим, это остаётся
undo-under-way = Не на всё, о чём я просил сервер, он уже ответил; повторите чуть позже, если что-то ещё придёт
undo-no-form = Не могу прочитать форму комнаты: { $why }
undo-failed = { $what }: { $why }
undo-done = Дело #{ $number } отменено (восстановлено: { $done }).
undo-partly = Дело #{ $number } отменено частично (восстановлено: { $done }). Не восстановлено:

since-nobody = За { $span } не вошёл никто, кого можно тронуть.
since-list = За { $span } вошли ({ $people }): { $names }
since-would = Это коснётся ({ $people }): { $names }. Чтобы выполнить: { $prefix }за { $short } { $deed } !
since-done = Сделано ({ $deed }): { $people }
since-kick = кик
since-mute = мут
since-ban = бан
since-failed = Не сделано: { $people }. { $why }

alerts-wrong = «{ $given }» — не private, не off и не JID комнаты или человека.
alerts-private = О том, что я делаю сам, модераторы здесь узнают лично.
alerts-off = О том, что я делаю сам, здесь никто не узнаёт.
alerts-to = О том, что я делаю сам, здесь узнаёт { $jid }.

## Why an account is not online

out-waiting = жду очереди, чтобы войти
out-joining = вхожу
out-left = вышел
out-no-account = учётная запись не отвечает
out-connecting = соединяюсь
out-connection = соединение прервалось
out-unreachable = до сервера не достучаться{ $more }
out-credentials = сервер не принимает адрес и пароль; проверьте их{ $more }
out-disabled = учётная запись отключена; спросите хозяина сервера{ $more }
out-expired = срок пароля истёк; задайте новый{ $more }
out-replaced = другой сеанс входит с тем же адресом и ресурсом; дайте каждому боту свой ресурс
out-server-down = сервер выключается{ $more }
out-certificate = сертификату сервера нельзя верить:{ $more }
out-certificate-of = сертификату { $domain } нельзя верить: { $why }
certificate-unknown = его не подписал никто из тех, кому верит эта машина; если у сервера свой центр сертификации, укажите ca_file
certificate-own = он подписан самим сервером; если сервер тот самый, укажите в ca_file его копию
certificate-name = он на другое имя; нужен сертификат на домен из адреса учётной записи
certificate-expired = он просрочен или ещё не действует; серверу нужен новый, или на этой машине неверные часы
out-again-in = { $why }; снова через { $span } с
