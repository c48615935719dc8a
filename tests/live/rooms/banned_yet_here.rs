//! People who are banned and yet let in (ejabberd 22.10 to 23.01, wherever their role was once set).

use anyhow::Result;
use domovoi_stage::server::{Kind, Options};

use super::{is_away, with_log};
use crate::house::House;

#[tokio::test]
async fn someone_banned_whom_ejabberd_lets_in_is_thrown_out_each_time() -> Result<()> {
    let mut house = House::build(Kind::Ejabberd, Options::default(), "").await?;
    let room = house.room.clone();
    let bob = house.person("bob").await?;
    house.wake().await?;
    house.owner.set_role(&room, "bob", "visitor").await?;
    house.owner.set_role(&room, "bob", "participant").await?;
    house.owner.set_affiliation(&room, "bob@localhost", "outcast").await?;
    bob.expect("the ban", is_away(&room, "bob")).await?;
    for _ in 0..2 {
        bob.forget();
        let entry = bob.try_join(&room, "bob", "").await?;
        assert_eq!(entry.item("affiliation"), Some("outcast"), "this ejabberd has no such fault: {entry}");
        let gone = with_log(&house, bob.expect("the kick", is_away(&room, "bob")).await)?;
        assert!(gone.has_status("307"), "{gone}");
        house.owner.expect("the one kick", is_away(&room, "bob")).await?;
    }
    house.order(&house.owner, "!subject", "There is no subject").await?;
    Ok(())
}
