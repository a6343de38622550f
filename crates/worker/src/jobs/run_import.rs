use secrecy::SecretString;
use serde_json::{Value, json};
use suite_core::{Error, id::ImportId, jobs::RunImport};
use suite_db::{AccountTx, imports};
use suite_queue::CacheTopic;

use crate::{
    import::{self, Control, Halt},
    runtime::{JobContext, JobError},
};

/// Reads an upload into its store. What an earlier attempt has written is not written again.
pub(crate) async fn run(job: RunImport, context: &JobContext) -> Result<Value, JobError> {
    let import_id = job.import_id;
    match import::run(context.db(), context.account_id(), import_id, context).await {
        Ok(summary) => {
            let result = json!({
                "import_id": import_id,
                "rows": summary.rows,
                "added": summary.added,
                "unchanged": summary.unchanged,
                "rejected": summary.rejected,
            });
            let mut tx = context.db().account(context.account_id()).await?;
            imports::succeed(&mut tx, import_id).await?;
            context.finish(&mut tx, &result).await?;
            tx.commit().await?;
            Ok(result)
        }
        Err(Halt::Broken(broken)) => {
            let sentence = broken.to_string();
            refuse(context, import_id, &sentence).await?;
            Err(JobError::Discard(Error::invalid("file", sentence)))
        }
        Err(Halt::Stopped(stop)) => Err(stop),
        Err(Halt::Failed(error)) => Err(error.into()),
        Err(Halt::Raced) => Err(JobError::Retry(Error::unavailable(
            "another import wrote the same rows",
        ))),
    }
}

async fn refuse(context: &JobContext, import_id: ImportId, sentence: &str) -> Result<(), JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    imports::fail(&mut tx, import_id, sentence).await?;
    tx.commit().await?;
    Ok(())
}

impl Control for JobContext {
    type Stop = JobError;

    async fn written(&self) {
        self.drop_topic(CacheTopic::Sales).await;
    }

    fn check(&self) -> Result<(), JobError> {
        self.check_cancelled()
    }

    async fn fence(&self, tx: &mut AccountTx) -> Result<(), JobError> {
        Self::fence(self, tx).await
    }

    fn secret_key(&self) -> &SecretString {
        &self.settings().security.secret_key
    }

    fn progress(&self, done: i64, total: Option<i64>, message: &'static str) {
        let total = total.map(i64::unsigned_abs);
        Self::progress(self, done.unsigned_abs(), total, "rows", message);
    }
}
