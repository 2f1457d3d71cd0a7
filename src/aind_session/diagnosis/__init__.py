"""Why an answer is as it is: notes, explanations, the doctor."""
