// Runs the library's own reading of names, records and quality control in the page.
const field = document.getElementById("try-text");
const state = document.getElementById("try-state");
const what = document.getElementById("try-what");
const table = document.getElementById("try-rows");

const NAME = "ecephys_676909_2023-12-13_13-43-40";
const QUALITY = {
  metrics: [
    {
      name: "Drift",
      stage: "Raw data",
      modality: { abbreviation: "ecephys" },
      tags: { probe: "ProbeA" },
      status_history: [
        { status: "Pending", timestamp: "2026-02-01T20:00:00Z", evaluator: "Automated" },
        { status: "Pass", timestamp: "2026-02-03T20:00:00Z", evaluator: "Ann" },
      ],
    },
    {
      name: "Yield",
      stage: "Processing",
      modality: { abbreviation: "ecephys" },
      tags: { probe: "ProbeB" },
      status_history: [{ status: "Fail", timestamp: "2026-02-03T20:00:00Z", evaluator: "Ann" }],
    },
  ],
};
const EXAMPLES = {
  path: `/scratch/job_12345_2024-11-25_10-10-10/${NAME}/behavior_videos`,
  record: JSON.stringify(
    {
      name: NAME,
      location: `s3://aind-ephys-data/${NAME}`,
      created: "2023-12-15T06:13:48Z",
      subject: { subject_id: "676909" },
      data_description: {
        data_level: "raw",
        project_name: "Ephys Platform",
        modality: [{ abbreviation: "ecephys" }, { abbreviation: "behavior-videos" }],
      },
      session: { session_start_time: "2023-12-13T13:43:40-08:00" },
    },
    null,
    2,
  ),
  asset: JSON.stringify(
    {
      id: "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d",
      name: `${NAME}_sorted_2024-03-01_16-02-45`,
      state: "ready",
      type: "result",
      tags: ["derived"],
      custom_metadata: { "data level": "derived", "subject id": "676909" },
      source_bucket: null,
    },
    null,
    2,
  ),
  quality: JSON.stringify(QUALITY, null, 2),
};

function cell(row, text) {
  row.insertCell().textContent = text; // pasted text is shown, never obeyed
}

function show(answer) {
  const body = table.tBodies[0];
  body.replaceChildren();
  for (const [name, value, why] of answer.rows) {
    const row = body.insertRow();
    [name, value, why].forEach((text) => cell(row, text));
  }
  what.textContent = `This is ${answer.what}`;
  what.hidden = false;
  table.hidden = answer.rows.length === 0;
}

async function start() {
  const { loadPyodide } = await import("./pyodide/pyodide.mjs");
  const at = (path) => new URL(path, import.meta.url).href;
  const [python, modules] = await Promise.all([
    loadPyodide({ indexURL: at("pyodide/") }),
    fetch(at("pyodide/aind_session.zip")).then((answer) => answer.arrayBuffer()),
  ]);
  python.unpackArchive(modules, "zip");
  const { explain } = python.pyimport("try_it");
  const update = () => show(JSON.parse(explain(field.value)));
  field.addEventListener("input", update);
  state.hidden = true;
  update();
}

for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => {
    field.value = EXAMPLES[button.dataset.example];
    field.dispatchEvent(new Event("input"));
  });
}

start().catch((error) => {
  const why = location.protocol === "file:" ? "open this page from a web server" : error.message;
  state.textContent = `Python could not be loaded: ${why}`;
});
