// The service that takes lines of the log.
export default {
  async fetch(request) {
    await request.text();
    return new Response(null, { status: 204 });
  },
};
