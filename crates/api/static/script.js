// What pages gain by a script: progress as it happens, sending a file, and words beside the bar that is pointed at.
"use strict";

const ended = ["succeeded", "dead", "cancelled"];
const number = new Intl.NumberFormat("en");

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// The same words as the server's.
function told(job) {
  if (job.state === "queued") return "Waits for a worker";
  if (job.state === "scheduled") return "Waits for its time";
  if (job.state === "retrying")
    return `Attempt ${job.attempt} of ${job.max_attempts} failed; it is tried again by itself`;
  const progress = job.progress;
  if (job.state !== "running" || !progress) return sentence(job.state);
  const done = number.format(progress.done);
  const doing = sentence(progress.message);
  if (progress.total === null) return `${doing}: ${done} ${progress.unit}`;
  return `${doing}: ${done} of ${number.format(progress.total)} ${progress.unit}`;
}

function show(box, job) {
  const bar = box.querySelector("progress");
  const progress = job.progress;
  if (progress && progress.total > 0) {
    bar.max = progress.total;
    bar.value = Math.min(progress.done, progress.total);
  } else {
    bar.removeAttribute("value");
  }
  box.querySelector(".told").textContent = told(job);
  const chip = document.querySelector(".head .state");
  if (chip) {
    chip.textContent = job.state;
    chip.className = `state ${job.state}`;
  }
}

function follow(box) {
  const events = new EventSource(box.dataset.events);
  events.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    show(box, job);
    if (ended.includes(job.state)) {
      events.close();
      location.reload();
    }
  });
}

// The answer links to what the job makes; its page has the same path without the version.
function pageBeside(request) {
  const link = /<\/v1(\/[^>]*)>; rel="related"/.exec(request.getResponseHeader("link") || "");
  return link ? link[1] : "/jobs";
}

function refusal(request) {
  try {
    const problem = JSON.parse(request.responseText);
    const faults = (problem.errors || []).map((fault) => `${fault.field} ${fault.message}`);
    return [problem.detail, ...faults].join(" ");
  } catch {
    return "The file could not be sent. Please try again.";
  }
}

function send(form, file) {
  const box = form.querySelector(".live");
  const bar = box.querySelector("progress");
  const words = box.querySelector(".told");
  const button = form.querySelector("button");
  const stop = (text) => {
    words.textContent = text;
    bar.hidden = true;
    button.disabled = false;
  };
  box.hidden = false;
  bar.hidden = false;
  button.disabled = true;
  // fetch does not tell how much of a body is sent.
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.upload);
  request.setRequestHeader("Content-Type", file.name.endsWith(".gz") ? "application/gzip" : "text/csv");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    words.textContent = `${Math.floor(bar.value)} % sent`;
  });
  request.addEventListener("load", () => {
    if (request.status === 202) location.assign(pageBeside(request));
    else stop(refusal(request));
  });
  request.addEventListener("error", () => stop("The connection broke. Please try again."));
  request.send(file);
}

function prepareUpload(form) {
  const input = form.querySelector("input[type=file]");
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length === 1) send(form, input.files[0]);
  });
}

function pointAt(chart) {
  const label = document.createElement("div");
  label.className = "pointed";
  label.hidden = true;
  document.body.append(label);
  // The browser's own words would come beside ours.
  chart.querySelectorAll(".bars title").forEach((title) => title.remove());
  chart.addEventListener("pointermove", (event) => {
    const bar = event.target.closest("[data-told]");
    label.hidden = !bar;
    if (!bar) return;
    label.textContent = bar.dataset.told;
    const room = Math.min(170, innerWidth / 2);
    label.style.left = `${Math.min(Math.max(event.clientX, room), innerWidth - room)}px`;
    label.style.top = `${Math.max(event.clientY, 60)}px`;
  });
  chart.addEventListener("pointerleave", () => {
    label.hidden = true;
  });
}

document.querySelectorAll("[data-events]").forEach(follow);
document.querySelectorAll("[data-upload]").forEach(prepareUpload);
document.querySelectorAll(".chart").forEach(pointAt);
