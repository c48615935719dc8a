//! Getting in, and each way of being refused (XEP-0045 §7.2, #enter).

use crate::{
    house::{House, is_disco, is_join, is_join_as, room, says, secs, with_main},
    server::{Person, Server, error, error_with, jid},
};

#[tokio::test(start_paused = true)]
async fn bot_asks_what_the_room_is_before_it_enters_and_takes_no_history() {
    let house = House::garden("").await;
    let asked = house.server.next("disco", secs(1), is_disco).await;
    assert_eq!(asked.stanza.attr("to"), Some(jid("garden").as_str()));
    let join = house.server.next("join", secs(1), is_join_as("garden", "domovoi")).await;
    assert_eq!(join.stanza.find("history").and_then(|it| it.attr("maxstanzas")), Some("0"));
}
