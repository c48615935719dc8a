//! A plugin in Lua as the host sees it: one that implements the trait like any other.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use domovoi_plugin::{
    Asker, Call, Context, Event, Fault, GuardSetup, Identity, Manifest, Memo, Plugin, RoomGuard, Rows, Signal, Text,
    async_trait,
};
use tokio::sync::Semaphore;

use super::{
    asks::Asks,
    budget::{Budget, MAX_WAITS},
    code::{Code, MAIN},
    event,
    guard::{self, GuardVm, LuaGuard},
    hints::with_hint,
    limits::{Limits, MAX_ABANDONED},
    line::{Ear, line},
    serve::Service,
    shape::Shape,
    thread::{self, Entry, Job, Ready, Running, Said, What},
    watchdog::Pulse,
};

/// So many files of a plugin are on their way at once.
pub(super) const MAX_UPLOADS: usize = 4;

/// A plugin in Lua. Dropped, its VMs end.
pub struct LuaPlugin {
    code: Arc<Code>,
    limits: Limits,
    shape: Shape,
    vm: Mutex<Option<Running>>,
    guard: Option<Arc<GuardVm>>,
    n_abandoned: Arc<AtomicU32>,
    last_call: AtomicU64,
    pub(super) asks: Asks,
    pub(super) budget: Budget,
    /// Files on their way: each is in memory twice until it is there.
    pub(super) uploads: Semaphore,
    /// Held from reading to writing by whoever changes what is stored.
    pub(super) changing: Arc<tokio::sync::Mutex<()>>,
}

impl LuaPlugin {
    /// Reads a folder, loads the plugin in it and checks it.
    ///
    /// # Errors
    /// All that is wrong with it, each as `plugins/hello/init.lua:5: …`.
    pub async fn load(folder: &Path, limits: Limits) -> Result<Self, Vec<String>> {
        let folder = folder.to_owned();
        let read = tokio::task::spawn_blocking(move || Code::read(&folder)).await;
        let code = read.unwrap_or_else(|error| Err(vec![format!("reading the folder failed: {error}")]))?;
        Self::of_code(code, limits).await
    }

    /// The same of code that was read already.
    ///
    /// # Errors
    /// As for [`LuaPlugin::load`].
    pub async fn of_code(code: Code, limits: Limits) -> Result<Self, Vec<String>> {
        let (starting, ready) = Starting::begin(code, limits)?;
        starting.end(ready.await.ok())
    }

    /// The same for whoever has no runtime: waits on the calling thread.
    ///
    /// # Errors
    /// As for [`LuaPlugin::load`].
    pub fn load_blocking(folder: &Path, limits: Limits) -> Result<Self, Vec<String>> {
        Self::of_code_blocking(Code::read(folder)?, limits)
    }

    /// The same of code that was read already.
    ///
    /// # Errors
    /// As for [`LuaPlugin::load`].
    pub(super) fn of_code_blocking(code: Code, limits: Limits) -> Result<Self, Vec<String>> {
        let (starting, ready) = Starting::begin(code, limits)?;
        starting.end(ready.blocking_recv().ok())
    }

    /// What it was loaded from.
    #[must_use]
    pub const fn code(&self) -> &Arc<Code> {
        &self.code
    }

    /// What it may use up.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Its main file.
    pub(super) fn main(&self) -> &str {
        self.code.lua.get(MAIN).map_or("", String::as_str)
    }

    /// A plugin of which is known already what it says of itself: its VM starts with the first call.
    pub(super) fn asleep(code: Arc<Code>, limits: Limits, shape: Shape) -> Self {
        Self::with_vm(code, limits, shape, None, Arc::default())
    }

    fn with_vm(
        code: Arc<Code>,
        limits: Limits,
        shape: Shape,
        vm: Option<Running>,
        n_abandoned: Arc<AtomicU32>,
    ) -> Self {
        let guard = shape.has_guard.then(|| GuardVm::new(code.clone(), limits, n_abandoned.clone()));
        Self {
            code,
            limits,
            shape,
            vm: Mutex::new(vm),
            guard: guard.map(Arc::new),
            n_abandoned,
            last_call: AtomicU64::new(0),
            asks: Asks::default(),
            budget: Budget::default(),
            uploads: Semaphore::new(MAX_UPLOADS),
            changing: Arc::default(),
        }
    }

    /// How messages call its folder: `plugins/hello`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.code.label
    }

    /// What is known of it outside its VM.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Makes what is left to chance come out the same each time from here on. For tests.
    ///
    /// # Errors
    /// If its VM is gone for good, or busy with too much.
    pub fn seed(&self, seed: u64) -> Result<(), Fault> {
        self.hand(&self.running()?, Job::Seed(seed))
    }

    /// Its VM, a fresh one if the last one is gone.
    pub(super) fn running(&self) -> Result<Running, Fault> {
        let mut vm = self.vm.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = vm.as_ref().filter(|it| !it.pulse.gone.is_cancelled()) {
            return Ok(running.clone());
        }
        if MAX_ABANDONED <= self.n_abandoned.load(Ordering::Acquire) {
            let what = format!(
                "{}: is off: {MAX_ABANDONED} of its threads did not come back; `plugin reload {}` turns it on",
                self.code.label, self.code.name
            );
            return Err(Fault::Broken(what));
        }
        let (running, _ready) = start(&self.code, self.limits, &self.n_abandoned)
            .map_err(|mut it| Fault::Broken(it.pop().unwrap_or_default()))?;
        *vm = Some(running.clone());
        Ok(running)
    }

    /// As if so many of its threads had not come back.
    #[cfg(test)]
    pub(super) fn lose_threads(&self, n: u32) {
        self.n_abandoned.store(n, Ordering::Release);
        let vm = self.vm.lock().unwrap_or_else(PoisonError::into_inner);
        vm.iter().for_each(|it| it.pulse.gone.cancel());
    }

    /// Whether there is a handler for it; what answers a question of the plugin is for whoever asked.
    pub(super) fn is_for_handler(&self, event: &Event) -> bool {
        !self.asks.hear(event) && self.shape.events.contains(&event::name(&event.kind))
    }

    pub(super) async fn call(
        &self,
        what: What,
        cx: &Context,
        by: Option<&Asker>,
        identity: Option<Identity>,
    ) -> Result<(), Fault> {
        let running = self.running()?;
        let (said, heard) = line();
        let waiting = Waiting { id: self.ids(1), running, heard };
        let entry = Entry { id: waiting.id, what, cx: Arc::new(cx.clone()), said };
        self.hand(&waiting.running, Job::Call(Box::new(entry)))?;
        self.attend(waiting, None, Service::new(self, cx, by, identity)).await
    }

    /// So many ids of calls, the first of them.
    pub(super) fn ids(&self, n: usize) -> u64 {
        self.last_call.fetch_add(n as u64, Ordering::Relaxed)
    }

    pub(super) fn hand(&self, running: &Running, job: Job) -> Result<(), Fault> {
        let too_slow = |_| Fault::Broken(format!("{}: too slow: its jobs pile up", self.code.label));
        running.jobs.try_send(job).map_err(too_slow)
    }

    /// Sees to what a call waits for until it is done; `first` was heard already.
    pub(super) async fn attend(
        &self,
        waiting: Waiting,
        first: Option<Said>,
        mut service: Service<'_>,
    ) -> Result<(), Fault> {
        let Waiting { id, running, mut heard } = waiting;
        let (mut next, mut n_waits) = (first, 0_u32);
        loop {
            if next.is_none() {
                next = hear(&running, &mut heard).await;
            }
            match next.take() {
                Some(Said::Done(done)) => return done.map_err(|what| self.broken(&what)),
                Some(Said::Wants(what, args)) => {
                    n_waits += 1;
                    if MAX_WAITS < n_waits {
                        // Not an error that could be caught: the coroutine is not gone on with.
                        return Err(
                            self.broken(&format!("asked for more than {MAX_WAITS} things in one call and was ended"))
                        );
                    }
                    let answer = service.serve(&what, &args).await;
                    self.hand(&running, Job::Answer { id, answer })?;
                }
                None => return Err(self.lost(&running)),
            }
        }
    }

    /// Its VM is gone, and with it what was done there.
    pub(super) fn lost(&self, running: &Running) -> Fault {
        let label = &self.code.label;
        Fault::Broken(match running.pulse.is_abandoned() {
            true => format!(
                "{label}: did not come back after its deadline; it has a fresh VM now, without what it remembered"
            ),
            false => format!("{label}: its VM ended and is made anew, without what it remembered"),
        })
    }

    /// What went wrong in it.
    pub(super) fn broken(&self, what: &str) -> Fault {
        Fault::Broken(self.placed(what))
    }

    /// What went wrong, with the plugin's file where no place is known.
    fn placed(&self, what: &str) -> String {
        let what = what.trim();
        if what.starts_with(&self.code.label) {
            with_hint(&self.code, what.to_owned())
        } else {
            format!("{}/init.lua: {what}", self.code.label)
        }
    }
}

/// A call that is being done in a VM.
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) running: Running,
    pub(super) heard: Ear<Said>,
}

/// What a VM says next; none if nothing more comes. Cancel-safe: what was said stays where it is.
async fn hear(running: &Running, heard: &mut Ear<Said>) -> Option<Said> {
    tokio::select! {
        biased;
        next = heard.hear() => next,
        // A thread that ends drops what it had; one that was given up never says anything again.
        () = running.pulse.gone.cancelled() => match running.pulse.is_abandoned() {
            true => heard.heard(),
            false => heard.hear().await,
        },
    }
}

/// A plugin whose VM is loading.
struct Starting {
    code: Arc<Code>,
    limits: Limits,
    n_abandoned: Arc<AtomicU32>,
    running: Running,
}

impl Starting {
    fn begin(code: Code, limits: Limits) -> Result<(Self, Ready), Vec<String>> {
        let (code, n_abandoned) = (Arc::new(code), Arc::default());
        let (running, ready) = start(&code, limits, &n_abandoned)?;
        Ok((Self { code, limits, n_abandoned, running }, ready))
    }

    fn end(self, loaded: Option<Result<Shape, Vec<String>>>) -> Result<LuaPlugin, Vec<String>> {
        let Self { code, limits, n_abandoned, running } = self;
        let shape = loaded.unwrap_or_else(|| Err(vec![format!("{}: its VM ended while it was loaded", code.label)]))?;
        Ok(LuaPlugin::with_vm(code, limits, shape, Some(running), n_abandoned))
    }
}

fn start(code: &Arc<Code>, limits: Limits, n_abandoned: &Arc<AtomicU32>) -> Result<(Running, Ready), Vec<String>> {
    let pulse = Pulse::watched(code.name.to_string(), n_abandoned.clone());
    let started = thread::start(code.clone(), limits, pulse);
    started.map_err(|error| vec![format!("{}: cannot start a thread for it: {error}", code.label)])
}

#[async_trait]
impl Plugin for LuaPlugin {
    fn manifest(&self) -> Manifest {
        self.shape.manifest.clone()
    }

    fn guard(&self, setup: &GuardSetup<'_>) -> Option<Box<dyn RoomGuard>> {
        let vm = self.guard.clone()?;
        Some(Box::new(LuaGuard::new(vm, setup)))
    }

    async fn memo(&self, memo: &Memo, _: &Context) -> Result<(), Fault> {
        match &memo.reason {
            Text::Plain(what) if memo.kind == guard::FAULT => Err(Fault::Broken(self.placed(what))),
            Text::Plain(_) | Text::Key { .. } | Text::Lines(_) | Text::Joined(_) => Ok(()),
        }
    }

    async fn on(&self, event: &Arc<Event>, cx: &Context) -> Result<(), Fault> {
        if !self.is_for_handler(event) {
            return Ok(());
        }
        let identity = event.occupant.as_ref().map(|it| it.identity());
        self.call(What::Event(event.clone()), cx, None, identity).await
    }

    fn rows(&self) -> Option<&dyn Rows> {
        Some(self)
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        let identity = Some(call.asker.identity.clone());
        self.call(What::Command(call.clone()), cx, Some(&call.asker), identity).await
    }

    async fn signal(&self, signal: &Signal, cx: &Context) -> Result<(), Fault> {
        if !self.shape.events.contains(&event::signal_name(signal)) {
            return Ok(());
        }
        self.call(What::Signal(signal.clone()), cx, None, None).await
    }

    async fn timer(&self, name: &str, cx: &Context) -> Result<(), Fault> {
        self.call(What::Timer(name.to_owned()), cx, None, None).await
    }
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::PluginName;

    use super::*;

    #[tokio::test]
    async fn a_lost_vm_is_made_anew_but_not_for_ever() {
        let text = "return { name = 'hello', api = 1, on = { join = function() end } }";
        let code = Code::of_text(PluginName::new("hello").unwrap(), text);
        let plugin = LuaPlugin::of_code(code, Limits::default()).await.unwrap();
        let first = plugin.running().unwrap();
        assert!(Arc::ptr_eq(&first.pulse, &plugin.running().unwrap().pulse));
        first.pulse.gone.cancel();
        assert!(!Arc::ptr_eq(&first.pulse, &plugin.running().unwrap().pulse), "a fresh one");
        plugin.lose_threads(MAX_ABANDONED);
        assert!(plugin.running().is_err(), "nobody knows how many more it would cost");
    }
}
