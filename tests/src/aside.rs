use std::{future::Future, sync::mpsc, thread::JoinHandle, time::Duration};

/// Runs work to its end on a thread of its own: for `drop`, which cannot await.
pub(crate) fn run_aside<F>(work: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    if let Err(panic) = start(work).join()
        && !std::thread::panicking()
    {
        std::panic::resume_unwind(panic);
    }
}

/// Runs work like [`run_aside`], but goes on after `patience`, while the work goes on as long as the process does.
pub(crate) fn run_aside_for<F>(patience: Duration, work: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (done, end) = mpsc::channel();
    start(async move {
        work.await;
        let _ = done.send(());
    });
    let _ = end.recv_timeout(patience);
}

fn start<F>(work: F) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be built")
            .block_on(work);
    })
}
