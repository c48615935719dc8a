//! Courtesies: what many say at the same time because it is polite, and no raid is made of.

use std::{collections::HashSet, sync::LazyLock};

use super::skeleton;

/// Words of greeting, parting, thanking and congratulating, and those that stand beside them.
const WORDS: &str = "
    hello hi hey hiya heya yo greetings welcome morning evening afternoon night day good g'day goodbye bye cya later
    back again everyone everybody every all folks people guys friends friend room there dear to you the and a happy
    new year merry christmas holidays easter birthday anniversary congratulations congrats congratulation grats gratz
    gz thanks thank thx ty much very so many wow great nice awesome cool finally hooray yay cheers prost well done job
    work lol rofl lmao haha hehe yes no ok okay sure agreed indeed same here me too plus one brb afk re gg ff wp wb gm gn
    present aye nay yep yup yeah nope nah ack nack ready pong second seconded abstain objection objections eof
    привет приветствую всем вам тебе здравствуйте здравствуй здорово здарова хай хеллоу доброе добрый доброго добрых
    утро утра утречко день дня вечер вечера вечерочек ночи ночь снов спокойной суток времени друзья народ люди ребята
    господа дамы пока до свидания завтра встречи поздравляю поздравляем поздравления с со новым годом рождеством днём
    днем рождения праздником наступающим спасибо большое огромное благодарю ура круто класс отлично молодцы молодец
    да нет ага ок ладно согласен и я тоже чат конференция комната ку конфа присутствую присутствует тут здесь готов готова
    за против воздержался воздержалась воздерживаюсь поддерживаю
    hola buenos buenas dias días tardes noches todos todas gracias feliz año nuevo navidad bonjour bonsoir salut tous
    tout le monde merci bonne année nuit journée soirée hallo guten guter gute tag morgen abend nacht zusammen alle
    moin servus danke frohes neues jahr frohe weihnachten schönen moi moikka hei heippa terve huomenta päivää iltaa
    kaikille kaikki kiitos hyvää hyvä uutta vuotta joulua onnea ciao buongiorno buonasera tutti grazie salve olá oi
    bom boa dia tarde noite pessoal gente obrigado feliz ano novo cześć dzień dobry wieczór wszystkim dzięki witam
    witajcie hej hejka hei tere ahoj zdravím dobrý den děkuji merhaba selam herkese günaydın teşekkürler привіт усім
    всім добрий ранок вечір дякую вітаю прывітанне namaste salam salaam shalom مرحبا السلام عليكم وعليكم شكرا אהלן
    שלום לכולם תודה בוקר טוב ערב नमस्ते सभी को धन्यवाद 你好 大家好 早上好 晚上好 谢谢 恭喜 新年快乐 こんにちは こんばんは
    おはよう おはようございます ありがとう みなさん 皆さん おめでとう 안녕하세요 안녕 감사합니다 모두
";

static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let bones = WORDS.split_whitespace().map(|it| skeleton(it).text);
    bones.flat_map(|it| it.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect()
});

/// Whether a skeleton has no words but such, one stranger among four allowed: the name of whom it is said to.
pub(crate) fn is_courtesy(skeleton: &str) -> bool {
    let n_words = 1 + skeleton.bytes().filter(|b| *b == b' ').count();
    // Ordinary talk has more strangers among its first words, and the rest of it need not be looked up.
    skeleton.split(' ').filter(|it| !KNOWN.contains(*it)).nth(n_words / 4).is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn greetings_of_many_languages_are_courtesies() {
        for text in [
            "Good morning, dear conference!",
            "Happy new year everybody!!!",
            "Всем привет!",
            "Доброе утро, друзья",
            "С Новым годом!",
            "Hyvää huomenta kaikille",
            "Guten Morgen zusammen",
            "buenos días a todos",
            "congratulations to all of you",
            "大家好",
            "שלום לכולם",
            "thank you very much, alice",
            "PRESENT",
            "aye, no objections",
            "присутствую",
        ] {
            assert!(is_courtesy(&skeleton(text).text), "{text}");
        }
    }

    #[test]
    fn what_leads_or_insults_is_none() {
        for text in ["hello, buy cheap watches", "join the raid now", "free money for you", "привет, купи слона", ""]
        {
            assert!(!is_courtesy(&skeleton(text).text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_first_words_tell_what_all_of_them_do(words in prop::collection::vec("hello|all|elephant", 1..20)) {
            let n_others = words.iter().filter(|it| *it == "elephant").count();
            let n_known = words.len() - n_others;
            let is_one = 0 < n_known && n_others * 3 <= n_known;
            prop_assert_eq!(is_courtesy(&words.join(" ")), is_one);
        }
    }
}
