# Что говорят грамматика, уровни и исход действий: для всех модулей и для самого бота.

## Что не так с командой

mistake-missing = Чего-то не хватает: { $arg } ({ $kind }).
mistake-nobody = Ни здесь, ни среди недавно вышедших нет никого по имени «{ $given }». Можно указать и JID.
mistake-nobody-near = Никого по имени «{ $given }» нет. Может быть, «{ $near }»?
mistake-not-here = { $given } сейчас не здесь.
mistake-ambiguous = Ников «{ $given }» здесь несколько, и различаются они только регистром букв: напишите ник точно.
mistake-jid = «{ $given }» — не JID; JID выглядит так: name@example.org.
mistake-span = «{ $given }» — не срок: напишите 30с, 10м, 2ч, 7д или 1ч30м.
mistake-number-from = «{ $given }» — не целое число, начиная с { $min }.
mistake-number = «{ $given }» — не целое число от { $min } до { $max }.
mistake-choice = «{ $given }» не подходит; можно: { $choices }.
mistake-too-many = Одной командой можно назвать не больше { $max } человек.
mistake-too-much = Непонятно, что делать с «{ $given }».
mistake-too-long = Для команды это слишком длинно.

usage = Как писать: { $usage } — например: { $example }
usage-alone = Как писать: { $usage }
usage-needed = <{ $name }>
usage-several = <{ $name }…>
usage-optional = [{ $name }]
usage-several-optional = [{ $name }…]

kind-who = ник или JID
kind-several = один или несколько ников или JID
kind-nick = ник того, кто сейчас здесь
kind-jid = JID
kind-span = срок, например 10м
kind-number = целое число
kind-choice = одно из слов
kind-words = слова

## Уровни

level-ignored = игнорируемый
level-visitor = гость
level-participant = участник
level-member = постоянный участник
level-moderator = модератор
level-admin = администратор
level-owner = владелец
level-room-owner = владелец комнаты
level-bot-owner = владелец бота
level-not-below-you = не ниже вас рангом

## Отказы

refusal-level = Для этого нужен уровень не ниже { $number } ({ $needed }).
refusal-direct-only = Это можно сказать мне только в личной переписке, не в комнате: там прочтут и другие.
refusal-needs-room = В какой комнате? Поставьте её адрес перед командой.

## Что вышло

outcome-done = сделано
outcome-already = так уже и было
outcome-observed = пробный режим: на деле не сделано
outcome-at-return = сейчас не здесь; будет сделано при возвращении

act-not-granted = Здесь мне не дано право «{ $power }».
act-too-low = Для этого я должен иметь в этой комнате другие права: { $needed }.
act-asker-too-low = Для этого нужны другие права в этой комнате: { $needed }.
act-above = { $nick } — { $what }, трогать нельзя.
act-spared = { $nick } — из тех, кого я сам не трогаю.
act-myself = Это же я.
act-gone = { $nick } уже не здесь.
act-no-jid = Я не знаю JID { $nick }. Он мне виден, если я в комнате модератор или администратор.
act-not-ours = Я здесь не говорил ничего, что мог бы исправить.
act-unsupported = Эта комната такого не умеет.
act-refused = Сервер отказал: { $name ->
    [forbidden] моих прав в этой комнате мало ({ $condition })
    [not-allowed] мне это не позволено или не позволено с тем, у кого такие права ({ $condition })
    [item-not-found] никого с таким именем он не знает ({ $condition })
    [conflict] это задело бы меня самого или комната осталась бы без владельца ({ $condition })
    [jid-malformed] такой JID он не принимает ({ $condition })
    [resource-constraint] он перегружен ({ $condition })
   *[other] { $condition }
  }.
act-no-answer = Сервер не ответил вовремя; может быть, сделано, а может быть, и нет.
act-not-in-room = Сейчас меня в той комнате нет.
act-busy = Слишком много дел сразу; попробуйте чуть позже.
http-address = «{ $url }» — не адрес, который я могу загрузить.
http-request = Такое спросить нельзя: { $why }.
http-denied = Мне нельзя загружать с { $host }: мой владелец должен назвать его в «hosts» плагина { $plugin }.
http-closed = { $host } — не публичный адрес: мой владелец должен назвать его в «allow» под [http].
http-no-host = Хоста { $host } нет.
http-unreachable = До { $host } не достучаться.
http-insecure = У { $host } нет шифрования, которому я мог бы верить.
http-late = { $host } не отвечает дольше, чем { $span }.
http-too-long = Ответ { $host } длиннее { $size } КиБ.
http-redirects = { $host } слишком много раз отсылает меня дальше.
http-broken = Ответ { $host } испорчен.
http-busy = Я загружаю слишком много сразу; попробуйте чуть позже.
upload-name = «{ $name }» — не имя и не тип файла.
upload-no-service = Сервер моей учётной записи не принимает файлов.
upload-size = Файл здесь — от одного байта до { $size } КиБ.
upload-refused = Сервер отказался от файла: { $why }.
upload-failed = Файл не отправлен: { $why }.
upload-offline = Ни одна из моих учётных записей не в сети.

## Какой может быть настройка

option-flag = true или false
option-number = целое число
option-number-within = целое число от { $min } до { $max }
option-span = промежуток от { $min } до { $max }
option-words = текст, не длиннее { $max } знаков
option-choice = одно из { $choices }
option-several = любые из { $choices }, через пробел или запятую
option-secret = секрет, задаётся только в личной переписке

## Причины

reason-by = по команде: { $nick }

## Сроки (в винительном падеже: «на 1 минуту», «1 минуту назад»)

span-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
  }
span-hours = { $n ->
    [one] { $n } час
    [few] { $n } часа
   *[many] { $n } часов
  }
span-minutes = { $n ->
    [one] { $n } минуту
    [few] { $n } минуты
   *[many] { $n } минут
  }
span-seconds = { $n ->
    [one] { $n } секунду
    [few] { $n } секунды
   *[many] { $n } секунд
  }
