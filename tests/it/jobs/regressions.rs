//! What was found wrong with apalis 1.0.0 and apalis-redis 1.0.0, held against our own layer. Each row was reproduced with
//! the published crates; the letter and number are those of that list.
//!
//! | Row | Found there | Held here |
//! | --- | --- | --- |
//! | D1 | 8,000 due jobs stop the queue for good | [`backlog`]: `twelve_thousand_jobs_that_are_due_at_once_are_all_handed_out`; `faults::redis_breaks`: `a_keeper_that_redis_refuses_goes_on_with_its_other_work` |
//! | D2, D3 | an immediate job waits for the next heartbeat of an idle worker | [`backlog`]: `an_idle_worker_is_woken_without_the_keeper` |
//! | D4 | unique keys are off by default | `jobs::enqueue`: `an_equal_unique_job_is_joined_while_it_lives_and_not_after` |
//! | D5 | the number of attempts is ignored, no jitter | `jobs::retry`: `a_job_out_of_attempts_is_dead_and_kept_and_can_be_retried_by_hand` |
//! | D6 | priority is ignored | `jobs::order`: `jobs_of_one_account_start_by_urgency_and_equal_ones_by_age` |
//! | D7 | finished jobs run again after a crash | [`finished`]: `a_finished_job_does_not_run_again_when_its_worker_crashes` |
//! | D8 | one killed connection ends the worker | `faults::redis_breaks`: `a_worker_goes_on_after_its_redis_connections_were_killed` |
//! | D9, D10 | a restart under the same name is refused; two replicas of one name never recover | `jobs::crash`: `jobs_of_a_worker_that_crashed_run_in_the_next_one` (both have the same name); `jobs::harm`: `two_workers_of_one_host_and_queue_tell_their_jobs_apart` |
//! | D11 | recovery takes 300 s | `jobs::crash`: `a_job_of_a_dead_worker_runs_again_and_nothing_of_the_first_attempt_counts` |
//! | D12 | a job that kills its worker does so for ever | `jobs::harm`: `a_job_that_aborts_the_process_is_buried_and_its_neighbours_are_not` |
//! | D13 | a panic ends the process; a job that computes loses its lease | `jobs::retry`: `a_panic_fails_its_own_job_only`; `jobs::harm`: `a_job_that_computes_for_longer_than_the_lease_keeps_it` |
//! | D14 | a shutdown strands what is running or was fetched | `jobs::stop`: `a_job_that_outlasts_the_grace_is_handed_back_with_its_attempt`, `nothing_is_stranded_when_a_worker_stops_in_the_middle_of_a_flood` |
//! | D15 | tracking of tasks kills the worker at the first heartbeat | [`slots`]: `long_jobs_in_all_slots_keep_their_lease` |
//! | D16 | lists are empty, wrong, or fail | `cli::jobs`: `jobs_of_all_accounts_are_listed_filtered_and_paged` |
//! | D17 | finished jobs stay in Redis for ever | `jobs::lost`: `what_is_done_leaves_nothing_in_redis`; [`finished`]: `finished_jobs_are_dropped_after_their_time_and_waiting_ones_are_not` |
//! | D18 | delayed jobs start early; no retry, cancel or delete | `jobs::enqueue`: `a_delayed_job_starts_at_its_time_and_not_before`; `jobs::cancel`; `cli::jobs` |
//! | D19 | keys cross the slots of a Redis cluster | cannot apply: a cluster is not supported, `suitectl doctor` names the server it finds |
//! | D20 | every instance fires a cron tick | cannot apply: nothing here fires by a process's own clock; one keeper, by a lease in the database, does |
//! | D21, B2 | the cost of a job grows with the backlog | cannot apply: an id is popped from the head of its list and never searched for; `jobs::lost`: `a_job_whose_sender_died_after_the_commit_starts_within_five_seconds_under_a_backlog` |
//! | B4 | no heartbeat while all slots are busy | [`slots`]: `long_jobs_in_all_slots_keep_their_lease`, and `jobs::order`: `no_more_is_taken_than_there_are_free_slots` |
//! | B9 | the clean-up drops jobs that wait for a retry | [`finished`]: `finished_jobs_are_dropped_after_their_time_and_waiting_ones_are_not` |
//! | B18 | a late end spoils the others of its batch | [`finished`]: `a_stale_end_in_a_batch_does_no_harm_to_the_others` |

mod arguments;
mod backlog;
mod finished;
mod slots;
