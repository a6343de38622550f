/// How often a job may be started, and how often a worker may die with it: those of the kinds of the harness.
const MAX_ATTEMPTS: i16 = 3;
const CRASHES_TO_BURY: i16 = 3;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum State {
    Queued,
    Retrying,
    Running,
    Succeeded,
    Dead,
    Cancelled,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Retrying => "retrying",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) fn waits(self) -> bool {
        matches!(self, Self::Queued | Self::Retrying)
    }

    fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Job {
    pub(super) state: State,
    pub(super) attempt: i16,
    pub(super) crashes: i16,
    /// How often it was claimed.
    pub(super) claims: u8,
    /// How many of these claims have ended.
    ends: u8,
    pub(super) owner: Option<usize>,
    /// Waits to be handed out (`dispatched_at IS NULL`).
    pub(super) is_due: bool,
    pub(super) is_in_redis: bool,
    pub(super) is_called_off: bool,
}

/// A worker's row; after a lost lease the process is another worker.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Worker {
    pub(super) is_known: bool,
    pub(super) has_lease: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Token {
    pub(super) job: usize,
    pub(super) worker: usize,
    attempt: i16,
    claim: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum End {
    Succeed,
    SucceedInTransaction,
    Fail,
    Discard,
    Release,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Action {
    Claim { worker: usize, job: usize },
    Finish { token: usize, end: End },
    EndLease { worker: usize },
    Beat { worker: usize },
    Recover,
    Forget,
    HandOutDue,
    Sweep,
    Lose { job: usize },
    CallOff { job: usize },
    Retry { job: usize },
}

/// What a statement compares before it believes that an attempt owns its job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fence {
    Whole,
    WithoutTimeOfClaim,
    WithoutAttempt,
    WithoutWorkerAndTime,
    Missing,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct World {
    pub(super) jobs: Vec<Job>,
    pub(super) workers: Vec<Worker>,
    pub(super) tokens: Vec<Token>,
}

/// A promise that a step has broken.
pub(super) type Broken = String;

impl World {
    pub(super) fn new(jobs: usize, workers: usize) -> Self {
        let job = Job {
            state: State::Queued,
            attempt: 0,
            crashes: 0,
            claims: 0,
            ends: 0,
            owner: None,
            is_due: false,
            is_in_redis: true,
            is_called_off: false,
        };
        let worker = Worker {
            is_known: true,
            has_lease: true,
        };
        Self {
            jobs: vec![job; jobs],
            workers: vec![worker; workers],
            tokens: Vec::new(),
        }
    }

    /// Lists what may happen next; claims are bounded, or it would go on for ever.
    pub(super) fn actions(&self, most_claims: u8) -> Vec<Action> {
        let mut actions = vec![
            Action::Recover,
            Action::Forget,
            Action::HandOutDue,
            Action::Sweep,
        ];
        for (job, row) in self.jobs.iter().enumerate() {
            actions.extend([
                Action::Lose { job },
                Action::CallOff { job },
                Action::Retry { job },
            ]);
            if row.claims < most_claims {
                let claim = |worker| Action::Claim { worker, job };
                actions.extend((0..self.workers.len()).map(claim));
            }
        }
        for worker in 0..self.workers.len() {
            actions.extend([Action::EndLease { worker }, Action::Beat { worker }]);
        }
        for token in 0..self.tokens.len() {
            let ends = [
                End::Succeed,
                End::SucceedInTransaction,
                End::Fail,
                End::Discard,
                End::Release,
            ];
            actions.extend(ends.map(|end| Action::Finish { token, end }));
        }
        actions
    }

    /// Does one step; returns whether it was accepted.
    pub(super) fn step(&mut self, action: Action, fence: Fence) -> Result<bool, Broken> {
        Ok(match action {
            Action::Claim { worker, job } => self.claim(worker, job),
            Action::Finish { token, end } => return self.finish(self.tokens[token], end, fence),
            Action::EndLease { worker } => {
                self.workers[worker].has_lease = false;
                self.workers[worker].is_known
            }
            Action::Beat { worker } => {
                let worker = &mut self.workers[worker];
                worker.has_lease = worker.is_known;
                worker.is_known
            }
            Action::Recover => self.recover(),
            Action::Forget => self.forget(),
            Action::HandOutDue => {
                for job in self
                    .jobs
                    .iter_mut()
                    .filter(|job| job.state.waits() && job.is_due)
                {
                    (job.is_due, job.is_in_redis) = (false, true);
                }
                true
            }
            Action::Sweep => {
                for job in self
                    .jobs
                    .iter_mut()
                    .filter(|job| job.state.waits() && !job.is_due)
                {
                    job.is_in_redis = true;
                }
                true
            }
            Action::Lose { job } => {
                self.jobs[job].is_in_redis = false;
                true
            }
            Action::CallOff { job } => self.jobs[job].call_off(),
            Action::Retry { job } => self.jobs[job].retry(),
        })
    }

    /// A claim of an id that is not in Redis is one of a duplicate.
    fn claim(&mut self, worker: usize, job: usize) -> bool {
        let is_suspect = |job: &Job| job.crashes >= CRASHES_TO_BURY - 1;
        let runs = |other: &Job| other.owner == Some(worker);
        let mut others = self.jobs.iter();
        let has_room =
            !is_suspect(&self.jobs[job]) || !others.any(|other| runs(other) && is_suspect(other));
        let Worker {
            is_known,
            has_lease,
        } = self.workers[worker];
        let row = &mut self.jobs[job];
        if !(row.state.waits() && is_known && has_lease && has_room) {
            return false;
        }
        row.state = State::Running;
        row.attempt += 1;
        row.claims += 1;
        row.owner = Some(worker);
        row.is_in_redis = false;
        let token = Token {
            job,
            worker,
            attempt: row.attempt,
            claim: row.claims,
        };
        self.tokens.push(token);
        true
    }

    /// Tells whether the fence lets a token through.
    pub(super) fn lets_through(&self, token: Token, fence: Fence) -> bool {
        let job = &self.jobs[token.job];
        let (worker, attempt, claim) = (
            job.owner == Some(token.worker),
            job.attempt == token.attempt,
            job.claims == token.claim,
        );
        job.state == State::Running
            && match fence {
                Fence::Whole => worker && attempt && claim,
                Fence::WithoutTimeOfClaim => worker && attempt,
                Fence::WithoutAttempt => worker && claim,
                Fence::WithoutWorkerAndTime => attempt,
                Fence::Missing => true,
            }
    }

    fn finish(&mut self, token: Token, end: End, fence: Fence) -> Result<bool, Broken> {
        if !self.lets_through(token, fence) {
            return Ok(false);
        }
        let job = &mut self.jobs[token.job];
        if job.claims != token.claim {
            return Err(format!("{token:?} is stale and was accepted"));
        }
        let back = |waiting| match job.is_called_off {
            true => State::Cancelled,
            false => waiting,
        };
        job.state = match end {
            End::Succeed | End::SucceedInTransaction => State::Succeeded,
            End::Discard => State::Dead,
            End::Fail => back(State::Retrying),
            End::Release => back(State::Queued),
        };
        match end {
            End::Release => {
                job.attempt -= 1;
                job.is_due = true;
            }
            End::Fail => job.is_due = true,
            _ => {}
        }
        job.leave();
        Ok(true)
    }

    fn recover(&mut self) -> bool {
        let workers = &self.workers;
        let is_dead = |job: &Job| {
            let owner = job.owner.map(|owner| &workers[owner]);
            job.state == State::Running
                && owner.is_none_or(|owner| !owner.is_known || !owner.has_lease)
        };
        let mut some = false;
        for job in self.jobs.iter_mut().filter(|job| is_dead(job)) {
            some = true;
            job.crashes += 1;
            job.state = match () {
                () if job.is_called_off => State::Cancelled,
                () if job.crashes >= CRASHES_TO_BURY || job.attempt >= MAX_ATTEMPTS => State::Dead,
                () => State::Queued,
            };
            job.is_due = false;
            job.is_in_redis = job.state == State::Queued;
            job.leave();
        }
        some
    }

    fn forget(&mut self) -> bool {
        let mut some = false;
        for (index, worker) in self.workers.iter_mut().enumerate() {
            let owns = self.jobs.iter().any(|job| job.owner == Some(index));
            if worker.is_known && !worker.has_lease && !owns {
                worker.is_known = false;
                some = true;
            }
        }
        some
    }

    /// Names a promise that this world breaks.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.jobs.iter().find_map(|job| {
            let runs = job.state == State::Running;
            let told = |what: &str| Some(format!("{what}: {job:?}"));
            match () {
                () if runs != job.owner.is_some() => {
                    told("a running job has one owner, and no other job has")
                }
                () if job.ends + u8::from(runs) != job.claims => told("a claim ends once"),
                () if job.attempt < 0 => told("an attempt was refunded that never began"),
                () if job.state.is_final() && job.is_due => None,
                () => None,
            }
        })
    }

    /// Lets everything go well from here: every job must come to an end.
    pub(super) fn settles(mut self) -> bool {
        self.workers.push(Worker {
            is_known: true,
            has_lease: true,
        });
        let sound = self.workers.len() - 1;
        for _ in 0..4 {
            // The old workers never come back.
            self.workers[..sound]
                .iter_mut()
                .for_each(|worker| worker.has_lease = false);
            let _ = self.recover();
            for action in [Action::HandOutDue, Action::Sweep] {
                let _ = self.step(action, Fence::Whole);
            }
            for job in 0..self.jobs.len() {
                if self.jobs[job].is_in_redis && self.claim(sound, job) {
                    let token = self.tokens.len() - 1;
                    let end = End::Succeed;
                    let _ = self.step(Action::Finish { token, end }, Fence::Whole);
                }
            }
        }
        self.jobs.iter().all(|job| job.state.is_final())
    }
}

impl Job {
    fn leave(&mut self) {
        self.owner = None;
        self.ends += 1;
    }

    fn call_off(&mut self) -> bool {
        match self.state {
            State::Running => self.is_called_off = true,
            state if state.waits() => {
                self.state = State::Cancelled;
                self.is_called_off = true;
            }
            _ => return false,
        }
        true
    }

    fn retry(&mut self) -> bool {
        if !matches!(self.state, State::Dead | State::Cancelled | State::Retrying) {
            return false;
        }
        (self.state, self.attempt, self.crashes) = (State::Queued, 0, 0);
        (self.is_due, self.is_in_redis, self.is_called_off) = (false, true, false);
        true
    }
}
