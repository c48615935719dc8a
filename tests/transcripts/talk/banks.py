"""Words for evenings that nobody wrote down: what people say about what, to be put together anew each time.

A topic has openers, remarks, questions, answers; `{thing}` and its like are filled from its lists. Two people never
say quite the same, and hardly anybody says the same thing twice.
"""

SHORT = """yes|no|yep|nope|hm|lol|haha|:)|;)|:D|right|exactly|true|same here|same|ok|okay|sure|nice|oh|ah|ah ok|I see|
thanks|thank you|thx|np|no problem|you are welcome|good point|agreed|+1|maybe|who knows|not sure|good question|
one moment|brb|back|re|wow|oh no|ouch|really?|seriously?|why?|how so?|what?|which one?|where?|when?|interesting|cool|
great|perfect|sounds good|fair enough|makes sense|as always|never mind|forget it|ha|heh|hehe|hmm|mhm|well|tja|indeed|
absolutely|of course|obviously|no idea|me too|me neither|not me|done|fixed|works|works here|good night|night|bye|
see you|later|morning|evening|hi|hello|hey|welcome back|wb""".replace("\n", "").split("|")

KORT = """да|нет|ага|угу|хм|)|))|)))|лол|ха|точно|верно|согласен|не согласна|понятно|ясно|спасибо|спс|пожалуйста|
не за что|привет|всем привет|доброе утро|добрый вечер|спокойной ночи|пока|я тут|вернулся|вернулась|секунду|минуту|
ого|ничего себе|серьёзно?|почему?|зачем?|как так?|какой?|где?|когда?|интересно|круто|отлично|супер|ну да|ну нет|
наверное|не знаю|кто знает|бывает|жаль|ура|готово|работает|не работает|у меня тоже|и у меня|+1|ок|хорошо|ладно|
как всегда|смешно|забавно|вот именно|ну и ну|эх|ох|мда""".replace("\n", "").split("|")

TOPICS = {
    "garden": {
        "thing": "tomatoes|beans|the apple tree|my roses|the compost|the pumpkins|lettuce|the lavender|the hedge|"
                 "strawberries|garlic|the plum tree|my peas|the greenhouse|raspberries|the herb bed",
        "trouble": "snails|too much rain|no rain at all|late frost|the neighbour's cat|aphids|hail|moles|wind from the east",
        "when": "last week|since sunday|this spring|every year|yesterday evening|after the holidays|for a month now",
        "open": "has anyone else had trouble with {thing} {when}?|I planted {thing} {when} and already there is {trouble}|"
                "finally time for {thing} again|my aunt swears that {thing} needs nothing but patience",
        "say": "{thing}: {trouble}, {when}|we lost {thing} to {trouble}|I gave up on {thing} {when}|"
               "{trouble} was worse {when}|my grandfather put ash around {thing}, it helped against {trouble}|"
               "with {thing} I just wait and see|I cover {thing} at night because of {trouble}|"
               "{thing} did better than ever, despite {trouble}|half of {thing} is fine, the other half met {trouble}|"
               "I would cut back {thing} now, not later|nothing helps against {trouble}, believe me|"
               "if you water {thing} in the evening you feed the snails|{when} I had a whole bucket from {thing}",
        "ask": "do you cover {thing}?|what do you do against {trouble}?|when do you start with {thing}?|"
               "is it too late for {thing}?|did anybody try coffee grounds on {thing}?|how deep do you plant {thing}?",
        "back": "not really|only at night|since {when}, yes|I asked my neighbour, she has the same with {thing}|"
                "depends on {trouble}|I read that too, did not work|worked for {thing}, not for the rest",
    },
    "servers": {
        "thing": "the backup job|our mail relay|the old switch|the certificate|the monitoring|the database|the archive disk|"
                 "the build machine|the second node|the proxy|dns|the container host|the log rotation|the ups",
        "trouble": "ran out of space|hung again|was restarted by someone|lost its clock|has a new address|is slow as hell|"
                   "complains about a checksum|needs a new disk|eats all memory|was never switched on",
        "when": "at three in the morning|right after the update|on friday of course|since the move|twice this week|"
                "during the demo|while I was on holiday|ten minutes ago",
        "open": "{thing} {trouble} {when}|does anyone know why {thing} {trouble}?|good news: {thing} is back|"
                "who touched {thing} {when}?",
        "say": "I think {thing} {trouble} because somebody changed the config|last time {thing} {trouble} it was the cable|"
               "{when} {thing} {trouble} and nobody noticed|I wrote a check for {thing}, it alerts when it {trouble}|"
               "let me look at {thing} first|the log of {thing} says nothing, as usual|"
               "we should replace {thing} before summer|{thing} is fine, it is {when} that worries me|"
               "restart {thing} and see|I would not restart {thing} now|my notes say {thing} {trouble} {when} already in 2019|"
               "I have a spare for {thing} in the cupboard|ask mika, mika built {thing}",
        "ask": "is {thing} monitored at all?|can we move {thing} on saturday?|who has the password of {thing}?|"
               "did it happen {when}?|what does the log of {thing} say?|how old is {thing} by now?",
        "back": "yes, {when}|no, that was {thing}|it {trouble}, that is all I know|give me ten minutes|looking at {thing} now|"
                "older than my car|I can do it {when}",
    },
    "films": {
        "thing": "the one with the lighthouse|that long black and white film|the new series about bakers|the documentary on eels|"
                 "the sequel|the film with the two trains|the cartoon about the moon|the one my sister directed|"
                 "the old heist film|the silent one",
        "trouble": "far too long|better than I thought|loud for no reason|beautiful but empty|very funny|a bit sad|"
                   "exactly like the book|nothing like the book|badly dubbed|worth it for the ending",
        "when": "on sunday|at the open air cinema|last night|on the plane|years ago|with my parents|alone, in an empty room",
        "open": "saw {thing} {when}: {trouble}|has anybody seen {thing} yet?|recommendations for tonight? not {thing} please|"
                "they show {thing} again, {when} I missed it",
        "say": "{thing} was {trouble}|I saw {thing} {when} and fell asleep|people call {thing} {trouble}, I do not get it|"
               "the music in {thing} is great, the rest {trouble}|I would rather watch {thing} again than that|"
               "{when} I watched {thing} twice in a row|my brother says {thing} is {trouble}, so it must be good|"
               "we walked out of {thing}|I cried in {thing}, do not tell anybody|the first half of {thing} is {trouble}",
        "ask": "is {thing} {trouble}?|who plays the lead in {thing}?|is there a dubbed version of {thing}?|where did you see {thing}?|"
               "how long is {thing}?|should I read the book before {thing}?",
        "back": "{when}|not {trouble} at all|I forgot the name, the tall one|over two hours|ask again after {thing}|"
                "yes but do not expect too much",
    },
    "trains": {
        "thing": "the night train|my connection|the tram|the regional line|the bus replacement|the ferry|the first train|"
                 "line 7|the express|the mountain railway",
        "trouble": "cancelled|forty minutes late|full of skiers|without heating|on time, for once|split in the middle|"
                   "rerouted through the valley|held by a cow|three coaches short",
        "when": "this morning|on the way back|again|for the third day|in the snow|at the border|before breakfast",
        "open": "{thing} is {trouble} {when}|greetings from {thing}, {trouble}|anyone else on {thing} {when}?|"
                "booking {thing} for easter, wish me luck",
        "say": "{when} {thing} was {trouble} too|I stopped taking {thing}, always {trouble}|at least {thing} has sockets|"
               "the app says {thing} is {trouble}, the board says it is not|we shared {thing} with a brass band {when}|"
               "{thing} {when}: {trouble}, but the view is worth it|if {thing} is {trouble} take the bus behind the station|"
               "my record is six hours for forty kilometres on {thing}|they apologised with a biscuit|"
               "I can see the sea from {thing} now",
        "ask": "is {thing} still {trouble}?|which platform for {thing}?|does {thing} take bicycles?|when does {thing} leave?|"
               "did they say why {thing} is {trouble}?",
        "back": "no announcement so far|platform two, I think|since {when}|yes, if you reserve|they never say why|"
                "around seven, if it is not {trouble}",
    },
    "cooking": {
        "thing": "the lentil soup|my sourdough|the plum cake|dumplings|that curry|pickled beets|the mushroom pie|flatbread|"
                 "the fish stew|pancakes|the bean salad|gingerbread|polenta",
        "trouble": "too salty|a bit burnt|much too much|flat as a board|better the next day|gone in five minutes|"
                   "not what I remembered|perfect for once|strangely purple",
        "when": "for six people|without eggs|with what was left|in the small oven|after my mother's recipe|on the camping stove|"
                "for the office",
        "open": "made {thing} {when}: {trouble}|what are you all eating tonight?|I have three kilos of quinces, ideas?|"
                "who had the recipe for {thing}?",
        "say": "{thing} {when} is {trouble} if you hurry|I always make {thing} {when}|mine was {trouble}, still ate it|"
               "the secret of {thing} is more butter|never open the oven for {thing}|{thing} freezes well|"
               "my kids only eat {thing} {when}|add lemon, then {thing} is not {trouble}|I have made {thing} every friday since school|"
               "we had {thing} in tallinn once, {trouble}|I tried {thing} {when}, the dog was happy",
        "ask": "how long do you bake {thing}?|do you put cumin into {thing}?|can I make {thing} {when}?|"
               "is {thing} supposed to be {trouble}?|what goes with {thing}?",
        "back": "about forty minutes|never|yes, but less water|rice, or nothing|{trouble} is normal the first time|until it smells right",
    },
    "radio": {
        "thing": "the forty metre band|my new antenna|the old receiver|the repeater on the hill|the kit from the fair|"
                 "the balun|that dipole|the club station|my power supply",
        "trouble": "dead quiet|full of noise from the lift|working better than hoped|off by a few kilohertz|warm, too warm|"
                   "held together by tape|tuned at last",
        "when": "tonight|since the storm|after sunset|with two watts|from the balcony|during the contest|at the lake",
        "open": "{thing} is {trouble} {when}|first contact with {thing} {when}!|has anyone measured {thing}?|conditions {when}?",
        "say": "{thing} was {trouble} {when}, same as yours|I moved {thing} two metres and it is {trouble}|"
               "{when} I heard the azores on {thing}|my neighbour's solar panels make {thing} {trouble}|"
               "try {thing} with a choke|the manual of {thing} is a photocopy of a photocopy|I would earth {thing} first|"
               "wrote {thing} into the log, {trouble} or not|it is {trouble} because of the geomagnetic storm",
        "ask": "what wire did you use for {thing}?|is {thing} {trouble} {when} too?|how high is {thing}?|who else was on {when}?",
        "back": "plain copper, two square|eight metres|only {when}|three stations, then {trouble}|same wire as last year",
    },
}

SADY = {
    "дача": {
        "thing": "помидоры|огурцы|яблоня|теплица|смородина|картошка|забор|колодец|крыша сарая|клубника|грядки|кабачки",
        "trouble": "дожди|улитки|заморозки|соседские куры|жара|кроты|ветер|тля",
        "when": "с прошлой недели|каждый год|после праздников|вчера вечером|уже месяц|этой весной",
        "open": "как у кого {thing}? у нас {trouble} {when}|ездили на дачу {when}, там {trouble}|всё, открыли сезон: {thing}",
        "say": "{thing} в этом году никак, {trouble}|у нас {trouble} {when}, {thing} еле держится|"
               "дед говорил, если {trouble}, {thing} лучше не трогать|{when} накрыли плёнкой, вроде живо|"
               "а я {thing} вообще забросил|{trouble} это ещё ничего, вот в позапрошлом году было|"
               "сфотографирую {thing}, покажу|мама сказала, что {thing} надо поливать с утра|{thing} лучше всего без всякой химии",
        "ask": "чем спасаетесь, если {trouble}?|не поздно ещё, если {thing}?|{when} тоже так было?|кто знает, {thing} на зиму укрывать?",
        "back": "золой|не поздно|{when} ещё хуже|укрывать обязательно|само пройдёт|соседка советует подождать",
    },
    "техника": {
        "thing": "сервер|роутер|клавиатура|принтер|бэкап|сборка|монитор|ноутбук|база|прокси|старый диск|блок питания",
        "trouble": "опять завис|шумит|не видит сеть|греется|показывает ерунду|работает, но не хочу знать как|потерял время|просит обновиться",
        "when": "с утра|после обновления|третий день|ночью|прямо во время звонка|после грозы",
        "open": "{thing} {trouble} {when}|у кого-нибудь бывало, что {thing} {trouble}?|починил: {thing}, оказалось контакт",
        "say": "у меня {thing} {trouble} {when}, помог только рестарт|посмотри логи, там всё написано|{thing} проще поменять|"
               "{when} {thing} {trouble}, и никто не заметил|я бы сначала проверил провод|это не {thing}, это питание|"
               "на работе {thing} старше меня|поставь мониторинг, будешь спать спокойно|я записываю, когда {thing} {trouble}, уже тетрадь",
        "ask": "а {thing} давно стоит?|перезагружал?|{when} или раньше тоже?|какая версия стоит?|что в логах?",
        "back": "перезагружал, не помогло|лет семь|{when}, до этого было нормально|последняя|тишина|сейчас посмотрю",
    },
}

LINES = """I should be asleep by now
my chair squeaks and I have run out of oil
does anyone else hear that humming?
it finally stopped raining here
the neighbours are drilling again, sunday morning, imagine
sorry, phone
I just found a bill from 2011 in a book
what were we talking about?
three meetings today and not one of them needed me
you could write a novel about that
I tried, the novel wrote me
my daughter asks if you are real people
tell her no
there is a hedgehog on the terrace!!
photo or it did not happen
too dark, but I swear
he comes every evening around ten
then he has a better schedule than I have
who invented mondays anyway
somebody who did not have to get up
I have been staring at this line for an hour
read it aloud, that helps
I read it to the plant, the plant is also confused
remind me tomorrow please
I will not, I forget everything myself
has the library opened again?
since tuesday, but only the ground floor
the stairs are still being painted
that green? who chose that green?
a committee
of course a committee
my bus just drove past without stopping
you have to wave, they are shy
I waved with both arms
then it was a cry for help and they respected your privacy
the coffee machine wants to be descaled and will not take no for an answer
mine has been asking since march
the trick is to lie to it
we need milk, bread, something for the lamp
wrong window
yes, we all read your shopping list now
get the dark bread
does 'biweekly' mean twice a week or every two weeks?
both, that is the beauty of it
I hate that word
use 'fortnightly' and sound like a duke
what is the weather like on your side?
grey with a chance of more grey
we had sun for eleven minutes, I counted
my sister moved to the coast and sends pictures every single day
block her
I would, but the pictures are good
anyone up for a walk on saturday?
if it is dry, if it is late, and if there is cake
those are the right conditions
the old bakery by the bridge closes at the end of the month
no! where do we get the poppy rolls then?
nowhere, an era ends
I could try to bake some
you said that about the croissants
the croissants were structurally interesting
they were bricks
my keyboard lost its letter between q and e
hich one
ha ha
I am reading a book about salt
a whole book?
four hundred pages and I am not even at the romans
is it good?
surprisingly, yes, everything turns out to be about salt
my uncle would agree, he was a cook on a ship
did he tell stories?
always the same three, but he told them better each time
the lift has been out of order for so long that people put flowers next to it
rest in peace, lift
I got a parking ticket while I was buying a parking ticket
there must be a word for that
there is but not in public
good evening, what did I miss?
salt, hedgehogs, a green staircase
so nothing new
how did the exam go?
I think fine, ask me again when the letter comes
fingers crossed
thank you, I will need all of them
does somebody have a ladder I could borrow?
how high?
gutter high
I have one but it is a bit personal, it creaks
a creaking ladder is an honest ladder
you should print that on a mug
my printer refuses anything longer than a mug
we are out of jokes, please come back later
the clock in the kitchen runs backwards since I changed the battery
keep it, you are getting younger
that explains the pimples
I am off, early shift tomorrow
sleep well
say hello to the night bus
it says hello back
who left the window open in the meeting room? there was a pigeon on the projector
what did it present?
quarterly results, better than mine
I planted the wrong bulbs and now the flowerbed spells something rude
spell it out
absolutely not
the museum has free entry on thursdays after five
I went, it was me and a school class from bremen
lovely children, they knew everything about mammoths
I know nothing about mammoths
they were large
noted
does anyone remember the name of that band with the two accordions?
no, and I have tried to forget it
I still have the cassette
of course you do
there is a power cut in half the street, ours is the lucky half
candles?
one, shaped like a santa
burn him
he has been in the family for years
my mother called to ask how one 'does the internet'
what did you say?
slowly, and with a towel
that is actually good advice""".splitlines()

STROKI = """опять забыл зонт
чайник вскипел, я на минуту
у нас под окном кто-то третий час заводит мотоцикл
может, помочь ему
поздно, он уже разговаривает с ним ласково
кто помнит, во сколько завтра созвон?
в десять, если ничего не изменилось
у нас всегда что-то меняется
читаю инструкцию к стиральной машине, там сюжет закручен
не рассказывай, чем кончится
отжимом
сын спрашивает, зачем людям почта, если есть чат
скажи, что в почте можно прятаться
так и сказал
сегодня видел лису возле остановки, настоящую
автобус ждала?
похоже, у неё и билет был
надо бы окна помыть
подожди дождя, он сам
дождь моет только с той стороны
я испёк хлеб, он получился тяжёлый, но честный
фото?
уже съели половину
значит, удался
напомните мне завтра про ключи
какие ключи
вот видишь, мы уже забыли
бабушка прислала открытку, а в ней рецепт варенья
делись
только после её разрешения
у кошки новый любимый стул, теперь я работаю стоя
она тебя воспитала
давно
снег пошёл, крупный, как в кино
у нас ещё трава зелёная
завидуйте молча
кто брал мой словарь?
я, верну в пятницу
в какую пятницу?
в одну из ближайших
хорошая отговорка, запишу""".splitlines()
