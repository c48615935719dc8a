//! What guards tell beside their verdicts: to the rooms that share, to the records, to the plugin's reacting half.

use domovoi_plugin::{Memo, PluginName};

use super::RoomHost;
use crate::host::{guard_chain::Judged, instance::Job};

impl RoomHost {
    /// Hands memos on: first to what the rooms share, so that the next room knows before its next event.
    pub(super) fn take_in(&mut self, judged: &Judged) {
        for (plugin, memo) in &judged.memos {
            self.note_raid(plugin, memo);
            self.hand_memo(plugin, memo);
        }
    }

    fn hand_memo(&self, plugin: &PluginName, memo: &Memo) {
        let Some(installed) = self.host.installed(plugin) else { return };
        self.host.shared.change(plugin, |shared| installed.plugin.share(shared, memo));
        let job = Job::Memo(Box::new(memo.clone()), self.host.in_hand.hold());
        if installed.mailbox.try_send(job).is_err() {
            self.host.metrics.queue_drop(plugin.as_str());
        }
    }
}
