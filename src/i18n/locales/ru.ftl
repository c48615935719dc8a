# Что говорит сам домовой.

answer-more = … скажите «ещё», чтобы увидеть остальное
command-unknown = Такой команды я не знаю. Список команд: «помощь».
command-busy = Слишком много дел сразу, попробуйте чуть позже.
did-you-mean = Может быть, «{ $command }»?
fault-in-command = Не получилось (сбой { $number }). Причину могут прочитать владельцы бота.
account-given-up = Учётная запись «{ $account }» больше не подключается, пока кто-нибудь не поправит: { $why }

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
commands-list = Вам доступны: { $commands }
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
entity-refused = { $name } не говорит: { $why }
entity-only-servers = Серверы я спрашиваю по адресу ({ $server }), а людей — только по нику того, кто здесь.
