# Списки, правила владельцев, чёрные списки и то, о чём люди могут спросить стража.

# Почему что-то было сделано, как и другие причины. { $name } — запись, правило или список; { $n } — сколько.
reason-words = То, чего в этой комнате не хотят читать
reason-own = Против правила «{ $name }» этой комнаты
reason-block = В чёрном списке «{ $name }»
reason-campaign = Недавно удалено в другой комнате
reason-observed = Только замечено: «{ $name }»
reason-reports = { $n ->
    [one] { $n } жалоба
    [few] { $n } жалобы
   *[many] { $n } жалоб
}
reason-account-anonymous = Анонимная учётная запись, по словам её сервера
reason-account-young = Учётная запись создана сегодня, по словам её сервера
reason-unlisted = Больше не в чёрном списке

# Что принимают команды.
arg-name = имя
arg-text = текст
arg-who = ник или JID
arg-preset = набор
arg-setting = настройка
arg-value = значение

help-guard-status = Говорит, как настроен страж этой комнаты и что он хранит.
help-guard-on = Велит стражу действовать.
help-guard-observe = Велит стражу решать и показывать, но ничего не делать.
help-guard-off = Велит стражу не смотреть.
help-guard-preset = Задаёт, что это за комната: public, support, friends или strict.
help-guard-set = Меняет одну настройку стража в этой комнате; «сброс» отменяет изменение.
help-words-add = Добавляет слово, «несколько слов» или /образец/ и то, к чему это ведёт: note, warn, retract, mute 10m, kick, ban 1d или points 40; далее возможны expires 30d, list ИМЯ и observe.
help-words-del = Убирает запись из списков слов.
help-words-list = Показывает списки слов, которые здесь действуют, или записи одного из них.
help-words-test = Говорит, к чему привёл бы здесь текст, и ничего не делает.
help-rule-add = Добавляет правило: ИМЯ if УСЛОВИЕ then МЕРА. Условия спрашивают nick, jid, domain, body, length, links, client, age, joins, trust или affiliation через =, !=, contains, matches, like, >, < и соединяются словами and, or, not.
help-rule-del = Убирает правило.
help-rule-list = Показывает правила этой комнаты.
help-rule-show = Показывает одно правило, кто его написал и сколько раз оно сработало.
help-rule-on = Включает правило.
help-rule-off = Выключает правило.
help-rule-observe = Переводит правило в наблюдение: оно замечает, но ничего не делает.
help-rule-find = Говорит, какие правила задели бы кого-то.
help-rule-test = Говорит, кого правило задело бы в том, что записано.
help-block-list = Показывает чёрные списки, за которыми мы следим, и тех, против кого они не считаются.
help-block-add = Начинает следить за чёрным списком: ИМЯ СЕРВИС/УЗЕЛ, далее возможны weight=50, quorum=2, deed=ban и observe.
help-block-del = Перестаёт следить за чёрным списком и снимает баны, причиной которых был только он.
help-block-refresh = Загружает чёрные списки сейчас.
help-block-preview = Говорит, кого чёрный список задел бы сейчас и за последние 90 дней.
help-block-except = Чёрные списки не считаются против этого JID или домена.
help-block-unexcept = Чёрные списки снова считаются против этого JID или домена.
help-block-publish = Издаёт наш собственный чёрный список, под учётной записью бота или на сервисе.
help-block-block = Вносит JID или домен в наш собственный чёрный список.
help-block-unblock = Вычёркивает JID или домен из нашего собственного чёрного списка.
help-mydata = Показывает, что страж хранит о вас в этой комнате.
help-forgetme = Велит стражу этой комнаты забыть вас.
help-report = Сообщает модераторам этой комнаты о ком-то; кто это сказал, больше никто не узнает.

needs-room = Это о комнате: спросите в ней или сначала назовите её.
not-done = Это не удалось: { $why }
not-here = { $who } здесь нет.

mode-enforce = Страж действует.
mode-observe = Страж решает и показывает; ничего не делается.
mode-off = Страж не смотрит.
no-such-setting = Настройки «{ $given }» нет. Есть: { $all }
setting-is = Здесь { $setting } — { $value }. { $what }
setting-default = { $setting } — снова как в настройках бота.
setting-wrong = { $setting } остаётся как было: «{ $given }» не подходит, нужно: { $kind }.
setting-refused = { $setting } остаётся как было: { $why }
setting-for-all = За чёрными списками следят для всех комнат, по слову владельца бота: blocklist add.

status-mode = { $mode } Набор: { $preset }.
status-words = Списки слов: { $own ->
    [one] { $own } запись
    [few] { $own } записи
   *[many] { $own } записей
} этой комнаты, в названных ею списках — { $named }, в общих — { $all }.
status-rules = В этой комнате { $n ->
    [one] { $n } правило
    [few] { $n } правила
   *[many] { $n } правил
}.
status-blocks = Чёрных списков: { $n }, в них { $entries ->
    [one] { $entries } запись
    [few] { $entries } записи
   *[many] { $entries } записей
}.
status-campaigns = Недавно удалённых текстов, которые помнятся 24 часа: { $n }.
status-accounts = Учётных записей, о которых рассказал их сервер и которые помнятся 24 часа: { $n }.
status-missing = Списки слов, которые не читаются: { $names }
status-settings = Задано: { $settings }
status-keeps = Хранится о не более чем { $people ->
    [one] { $people } человеке
    [few] { $people } людях
   *[many] { $people } людях
}: времена, счётчики, очки и отпечатки, но не сказанное; о незнакомых 30 дней, о молчавших один, о завсегдатаях год; отпечатки 10 минут. Из дел — последние { $incidents }, с доказательствами, { $span }.
status-people = Страж знает здесь { $n ->
    [one] { $n } человека
   *[other] { $n } человек
}, из них завсегдатаев: { $regulars }.
status-raid = Налёт идёт уже { $ago }. Если это не налёт: инциденты, и отмени по номеру.
status-hushed = Без голоса, пока не ответят на вопрос или пока всё не кончится: { $n }.
status-closed = Незнакомые не имеют голоса, если пришли с: { $domains }
guard-sleeps = Страж этой комнаты выключен: пока его не включат, он ничего не скажет и не забудет.

kind-word = Слово
kind-phrase = Слова
kind-pattern = Образец
deed-points = { $n ->
    [one] { $n } очко
    [few] { $n } очка
   *[many] { $n } очков
}
deed-observed = только наблюдение ({ $deed })
deed-unknown = «{ $given }» — не из { $known }.
deed-no-span = После «{ $given }» нужен срок, например 10м, 2ч или 7д.
deed-no-number = После «{ $given }» нужно число от 1 до 200.
entry-too-short = Слишком коротко: нужны хотя бы две буквы.
entry-too-long = Слишком длинно: не больше 300 знаков.
entry-everything = Этот образец подходит ко всему.
entry-bad-pattern = Это не образец: { $why }
words-added = { $kind } «{ $text }» в списке { $list }: { $deed }.
words-removed = «{ $text }» больше нет в: { $list }.
words-none = «{ $text }» здесь нет ни в одном списке.
words-full = В списке не больше { $most ->
    [one] { $most } записи
    [few] { $most } записей
   *[many] { $most } записей
}; более длинный лучше положить в файл.
words-list = { $list }: { $n ->
    [one] { $n } запись
    [few] { $n } записи
   *[many] { $n } записей
}; показать: «слова список { $list }»
words-empty = Записей нет.
entry-ends = (закончится через { $span })
words-entry = «{ $text }»: { $deed }; сработало { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}; от { $by }
words-nothing = Ничего из этого нет в списках.
words-found = «{ $text }» из списка { $list }: { $deed }

rule-mistake = Знак { $at }, «{ $found }»: ожидалось { $expected }.
rule-mistake-end = В конце (знак { $at }): ожидалось { $expected }.
expected-name = имя из букв, цифр, знаков - и _
expected-one-of = одно из { $words }
expected-end = «expires СРОК», «observe» или конец
expected-words = слово или несколько слов в кавычках
expected-something = что искать
expected-closing = закрывающий знак { $mark }
expected-number = целое число
expected-points = число очков от 1 до 200
expected-span = срок, например 10м, 2ч или 7д
expected-most-chars = не больше знаков, чем { $most }
expected-most-brackets = не больше вложенных скобок, чем { $most }
expected-most-conditions = не больше условий, чем { $most }
rule-meant = Может быть, «{ $meant }»?
rule-added = Правило { $name } действует для всех, кто входит, берёт ник или говорит: { $deed }.
rule-added-text = Правило { $name } действует для сказанного: { $deed }.
rule-removed = Правила { $name } больше нет.
rule-on = Правило { $name } включено.
rule-observed = Правило { $name } только наблюдает.
rule-off = Правило { $name } выключено.
rule-unknown = Правила «{ $given }» нет. Есть: { $known }
rules-full = В комнате не больше { $most ->
    [one] { $most } правила
    [few] { $most } правил
   *[many] { $most } правил
}.
rules-none = Правил здесь нет.
rule-line = { $name } ({ $mode ->
    [on] действует
    [observe] только наблюдает
   *[off] выключено
}, сработало { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}): { $source }
rule-shown = { $source } — { $mode ->
    [on] действует
    [observe] только наблюдает
   *[off] выключено
}, сработало { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}, от { $by }, { $ago } назад
rule-expires = Закончится через { $span }.
rule-hits = { $name } сработает: { $source }
rule-perhaps = { $name } зависит от сказанного: { $source }
rule-hits-none = Ни одно правило не заденет { $who }.
trial = { $name } задело бы { $hit } из { $people ->
    [one] { $people } человека
    [few] { $people } человек
   *[many] { $people } человек
}, { $hits ->
    [one] { $hits } раз
    [few] { $hits } раза
   *[many] { $hits } раз
}, в { $records ->
    [one] { $records } записи
    [few] { $records } записях
   *[many] { $records } записях
} за последние { $span }.
trial-line = { $who }, { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}, последний { $at }: { $said }
trial-more = и ещё { $n }
trial-textless = У { $n ->
    [one] { $n } сообщения
    [few] { $n } сообщений
   *[many] { $n } сообщений
} слова не сохранены, о { $n ->
    [one] нём
    [few] них
   *[many] них
} сказать нечего.
trial-no-span = «{ $given }» — не срок: напишите, например, last 30д.

blocks-none = За чёрными списками не следим.
blocks-line = { $name } ({ $node }): { $n ->
    [one] { $n } запись
    [few] { $n } записи
   *[many] { $n } записей
}, { $worth }.
blocks-fetched = Загружен { $ago } назад.
blocks-trouble = Не загружен: { $why }
blocks-excepted = Не считаются против: { $who }
blocks-no-node = «{ $given }» — не список: напишите СЕРВИС/УЗЕЛ, например blocks.example/muc_bans_sha256.
blocks-no-name = «{ $given }» не может быть именем списка.
blocks-no-option = «{ $given }» — не weight=1…100, не quorum=1…32, не deed=mute 10m (kick, ban, …) и не observe.
blocks-full = Следить можно не больше чем за { $most ->
    [one] { $most } списком
    [few] { $most } списками
   *[many] { $most } списками
}.
blocks-configured = { $name } стоит в настройках и убирается там.
blocks-unknown = Списка «{ $given }» нет.
blocks-removed = За списком { $name } больше не следим.
blocks-no-jid = «{ $given }» — не JID и не домен.
blocks-excepts = Чёрные списки не считаются против { $who }.
blocks-excepts-not = Чёрные списки снова считаются против { $who }.
blocks-excepts-full = Это уже слишком: исключений может быть не больше { $most }.
blocks-not-told = Здесь это действует. Подписчики списка узнают, как только его сервис это примет: { $why }
blocks-published = Наш собственный список издаётся как { $node }.
blocks-blocked = { $who } в нашем собственном списке.
blocks-unblocked = { $who } не в нашем собственном списке.
preview = В списке { $n ->
    [one] { $n } запись
    [few] { $n } записи
   *[many] { $n } записей
}. Он задел бы присутствующих: { $here }; заходивших за последние 90 дней: { $past }.
preview-here = { $who } в { $where }: { $what }
preview-past = { $who }, { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}: { $what }
preview-hidden = { $n ->
    [one] { $n } присутствующий не показывает
    [few] { $n } присутствующих не показывают
   *[many] { $n } присутствующих не показывают
} мне свой JID; о них ничего сказать нельзя.

mydata = Страж этой комнаты знает вас { $ago }: { $clean ->
    [one] { $clean } сообщение
    [few] { $clean } сообщения
   *[many] { $clean } сообщений
} без нареканий за { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[many] { $days } дней
}, { $recent ->
    [one] { $recent } отпечаток
    [few] { $recent } отпечатка
   *[many] { $recent } отпечатков
} последних сообщений, { $points ->
    [one] { $points } очко
    [few] { $points } очка
   *[many] { $points } очков
} против вас.
mydata-sentenced = Недавно он лишал вас голоса, выгонял или банил.
mydata-observed = Недавно он лишил бы вас голоса, выгнал или забанил; но здесь он только наблюдает, и ничего не сделано.
mydata-account = Ваш сервер говорит о вашей учётной записи: { $affiliation }; помнится 24 часа.
mydata-how-long = Сказанное не хранится. Отпечатки исчезают через 10 минут, очки за часы, остальное через 30 дней после того, как вас видели в последний раз, или через год, если вы завсегдатай. Команда «забудьменя» стирает это.
mydata-nothing = Страж этой комнаты ничего о вас не хранит.
forgot = Для стража этой комнаты вы снова незнакомы. То, что сейчас против вас, и идущие наказания остаются, пока не кончатся сами.
forgot-already = Это можно сделать раз в день.
report-whom = Назовите кого-то, кто здесь или был здесь недавно.
report-yourself = Это вы.
report-too-many = В этот час вы пожаловались достаточно.
report-again = На этого человека вы недавно уже жаловались.
report-thanks = Спасибо. Сказанное вами о { $who } знают страж и присутствующие модераторы.
report-thanks-alone = Спасибо. Сказанное вами о { $who } знает страж; модераторов сейчас нет.
report-told = { $by } жалуется на { $who }: { $reason }
report-told-bare = { $by } жалуется на { $who }, не назвав причины.
report-commands = Ответить можно так: { $aim }кик { $nick } · { $aim }мут { $nick } · { $aim }дело { $nick } · { $aim }объясни { $nick }
undone = { $people ->
    [0] Я больше никому ничего из этого не припомню.
    [1] Я больше не припомню этому человеку ничего из этого, и сказанное можно повторять, в других моих комнатах тоже.
   *[other] Я больше не припомню этим людям ({ $people }) ничего из этого, и сказанное можно повторять, в других моих комнатах тоже.
}
undone-excepted = { $people ->
    [1] Отныне чёрные списки здесь против этого человека не считаются.
   *[other] Отныне чёрные списки здесь не считаются против этих людей ({ $people }).
}

# Зачем каждая настройка. 0 и 0s значат: как велит набор.
option-mode = Действует ли страж: enforce (да), observe (решает и показывает, но ничего не делает), off (не смотрит).
option-preset = Что это за комната: public (открытая), support (помощь), friends (свои), strict (строгая).
option-gate = Когда новички отвечают лично на вопрос, прежде чем говорить: raid (пока идёт налёт), always (всегда), off (никогда).
option-spare_members = Не трогать постоянных участников; владельцев, администраторов и модераторов страж не трогает никогда.
option-word_lists = Списки слов, которые здесь действуют, по именам через пробел: файлы из папки «guard» рядом с конфигурацией («spam» — это «spam.txt»), starter-en, starter-ru.
option-block_lists = Чёрные списки для всех комнат, в виде СЕРВИС/УЗЕЛ, через запятую; после каждого возможны weight=50, quorum=2, deed=ban и observe. Считается только заданное для всех комнат.
option-raid = Лишать ли незнакомых голоса во время налёта.
option-campaigns = Останавливать ли здесь с первой же копии то, что удалено в других комнатах этого бота.
option-accounts = Спрашивать ли сервер незнакомого о возрасте его учётной записи, если он отвечает (XEP-0489).
option-rules_off = Правила, которые не спрашиваются, по именам, например: link, media.
option-rules_observe = Правила, которые только замечают и ничего не делают, по именам.
option-rate_burst = Сколько вставленных сообщений новичка за 5 с — уже флуд; 0: как велит набор.
option-rate_sustained = Сколько сообщений новичка за 30 с — уже флуд; 0: как велит набор.
option-repeat_limit = Какая по счёту копия одного текста лишняя; 0: как велит набор.
option-repeat_advert = Какая по счёту копия рекламы новичка лишняя; 0: как велит набор.
option-repeat_within = За какое время считаются копии; 0s: как велит набор.
option-size_chars = Со скольких знаков сообщение — простыня; 0: как велит набор.
option-size_lines = Со скольких строк сообщение — простыня; 0: как велит набор.
option-mentions = Скольких людей слишком много звать одним сообщением новичка; 0: как велит набор.
option-crowd = Сколько новичков с одной рекламой — слишком много; 0: как велит набор.
option-mute_first = На сколько отбирается голос в первый раз; дальше в 3 и в 12 раз дольше; 0s: как велит набор.
option-ban_first = На сколько первый бан; дальше в 24 и в 168 раз дольше; 0s: как велит набор.
